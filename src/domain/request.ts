/** Parsing what somebody asked for: raw input from any client, also hand-typed JSON. */
import { z } from 'zod';
import { isDay } from './parameters';
import type { RunRequest } from './run';

const day = z.string().refine(isDay, 'expected a day such as 2026-11-24');

export const requestSchema = z
  .strictObject({
    pipeline: z.string().trim().min(1).max(1024).optional(),
    from: day.optional(),
    to: day.optional(),
    full: z.boolean().optional(),
    parameters: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).optional(),
  })
  .refine((request) => request.from === undefined || request.to === undefined || request.from < request.to, {
    path: ['from'],
    message: 'expected a day before "to"',
  });

/** The request, or every problem of it as `path: message`. */
export function parseRequest(input: unknown): { request: RunRequest } | { problems: string[] } {
  const parsed = requestSchema.safeParse(input ?? {});
  if (parsed.success) return { request: parsed.data };
  return {
    problems: parsed.error.issues.map((issue) => `${issue.path.join('.') || 'input'}: ${issue.message}`),
  };
}
