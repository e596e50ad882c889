/**
 * n8n itself: `n8n-core` and `n8n-workflow` as a server process loads them, once per process.
 *
 * Both are required, not imported: an `import` would bring a second copy of `n8n-workflow` (its ESM
 * build) next to the one that `n8n-core` and the built nodes use.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

interface Di {
	Container: { get: <T>(type: new (...args: never[]) => T) => T };
}

const require = createRequire(import.meta.url);

// n8n keeps its instance settings and stored files in this folder.
const userFolder = mkdtempSync(join(tmpdir(), 'n8n-engine-'));
process.once('exit', () => rmSync(userFolder, { recursive: true, force: true }));
process.env.N8N_USER_FOLDER = userFolder;
process.env.N8N_ENCRYPTION_KEY ??= 'test';
// Failed nodes are logged as errors; here they are what a test asks for.
process.env.N8N_LOG_LEVEL ??= 'silent';

// n8n reads NODE_ENV while it is loaded: under "test" it loads node classes in another way.
const nodeEnv = process.env.NODE_ENV;
process.env.NODE_ENV = 'production';
require('reflect-metadata');
export const core = require('n8n-core') as typeof import('n8n-core');
export const workflow = require('n8n-workflow') as typeof import('n8n-workflow');
// The container that n8n-core registers its services in; there can be other copies of the package.
const { Container } = createRequire(require.resolve('n8n-core'))('@n8n/di') as Di;
if (nodeEnv === undefined) delete process.env.NODE_ENV;
else process.env.NODE_ENV = nodeEnv;

let started: Promise<void> | undefined;

/** Starts what an n8n server starts before its first execution; later calls wait for the same. */
export async function startN8n(): Promise<void> {
	started ??= (async () => {
		await workflow.Expression.initExpressionEngine({
			// n8n's defaults (N8N_EXPRESSION_ENGINE and its relatives).
			engine: 'vm',
			bridgeTimeout: 5000,
			bridgeMemoryLimit: 128,
			maxCodeCacheSize: 1024,
			// When an isolate is made, not what it does: a run without expressions needs none (3 ms
			// instead of 50), and they are made while the test waits for something else.
			lazyAcquire: true,
			compileCache: true,
			poolSize: 2,
		});
		await service(core.BinaryDataService).init();
	})();
	await started;
}

/** Where n8n puts files from now on: into the items (base64) or into its storage (its default). */
export function storeFiles(where: 'memory' | 'filesystem'): void {
	const binaryData = service(core.BinaryDataService) as unknown as { mode: string };
	binaryData.mode = where === 'memory' ? 'default' : 'filesystem-v2';
}

/** n8n's service of that class, as its own code gets it. */
export const service: Di['Container']['get'] = (type) => Container.get(type);
