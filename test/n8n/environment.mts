// What every test here shares: one sandbox, and one real n8n with the packed package installed.
import { createSandbox, type Sandbox } from '../../sandbox/next-matter/server.mts';
import { withProgress } from '../../scripts/lib/progress.mjs';
import { temporaryFolder } from '../../scripts/lib/temporary.mjs';
import { ensureN8n } from '../../scripts/n8n-cache.mts';
import {
	packPackage,
	startN8n,
	type CredentialReference,
	type N8nClient,
	type N8nInstance,
	type PackedPackage,
} from '../../scripts/n8n-instance.mts';

/** Neither UTC nor a zone where this is likely to run: a date read in the wrong zone shows. */
export const TIMEZONE = 'America/Sao_Paulo';

export interface Environment {
	sandbox: Sandbox;
	n8n: N8nInstance;
	client: N8nClient;
	packed: PackedPackage;
	credential: CredentialReference;
}

let current: Environment | undefined;
let ending: Promise<void> | undefined;
const started = new AsyncDisposableStack();

/** The running environment; run.mts starts it before any test file is read. */
export function environment(): Environment {
	if (!current) throw new Error('These tests need a running n8n. Start them with: npm run test:n8n');
	return current;
}

export async function startEnvironment(): Promise<void> {
	const installation = await ensureN8n();
	const packFolder = await temporaryFolder('n8n-nodes-nextmatter-');
	started.defer(packFolder.remove);
	const packed = await withProgress('Building and packing the package', () => packPackage(packFolder.path));
	const sandbox = await createSandbox();
	started.defer(() => sandbox.close());
	const n8n = await withProgress(`Starting n8n ${installation.version} with ${packed.name} ${packed.version}`, () =>
		startN8n({ installation, tarballs: [packed.tarball], timezone: TIMEZONE }),
	);
	started.use(n8n);
	const { client } = n8n;
	const credential = await client.createCredential('Next Matter account', 'nextMatterApi', {
		apiKey: sandbox.apiKey,
		baseUrl: sandbox.apiUrl,
	});
	current = { sandbox, n8n, client, packed, credential };
}

/** Ends what was started, in reverse order. */
export function stopEnvironment(): Promise<void> {
	return (ending ??= started.disposeAsync());
}
