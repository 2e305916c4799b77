# Temporal's core is built for glibc: an Alpine image cannot run it.
FROM node:22-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts
COPY tsconfig.json tsconfig.build.json ./
COPY scripts scripts
COPY src src
RUN npm run build && npm prune --omit=dev --ignore-scripts

FROM node:22-bookworm-slim
ENV NODE_ENV=production
WORKDIR /app
# Certificates of well-known authorities, which Temporal's core looks for when the server asks for TLS.
RUN apt-get update \
  && apt-get install --yes --no-install-recommends ca-certificates \
  && rm -rf /var/lib/apt/lists/* \
  && install --directory --owner=node --group=node /var/lib/daybreak
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY package.json LICENSE ./
COPY bin bin
COPY scripts scripts
COPY pipelines pipelines
COPY examples examples
COPY schema schema
COPY templates templates
ENV DAYBREAK_HOME=/var/lib/daybreak
USER node
CMD ["node", "dist/worker.js"]
