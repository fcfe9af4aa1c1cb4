import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import { packagePath } from '../../shared/package-root.ts';
import { type CatalogueRow, catalogueRows } from './rows.ts';

/** The rows of the shipped catalogue, in its order. */
export async function loadCatalogue(): Promise<readonly CatalogueRow[]> {
  return catalogueRows(parse(await readFile(packagePath('analyzer/catalogue/rows.yml'), 'utf8')));
}
