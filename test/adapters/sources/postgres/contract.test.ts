import { databaseSourceContract } from '../../../contracts/database-source';
import { openShop } from './support';

databaseSourceContract('Postgres', openShop);
