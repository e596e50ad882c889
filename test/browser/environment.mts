// What the tests here share: one sandbox, one real n8n with the packed package, one browser.
import { access, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type Page } from 'playwright-core';
import { createSandbox, type Sandbox } from '../../sandbox/next-matter/server.mts';
import { freePort } from '../../scripts/lib/ports.mjs';
import { withProgress } from '../../scripts/lib/progress.mjs';
import { ensureN8n } from '../../scripts/n8n-cache.mts';
import { packPackage, startN8n, type N8nInstance } from '../../scripts/n8n-instance.mts';
import { root } from '../../scripts/pack.mts';
import { Editor } from './editor.mts';

/** Neither UTC nor a zone where this is likely to run: a date read in the wrong zone shows. */
export const TIMEZONE = 'America/Sao_Paulo';

const VIEW = { width: 1280, height: 800 };
const ACTION_TIMEOUT_MS = 30_000;
/** The editor is some megabytes of scripts, on a machine that may be busy. */
const LOAD_TIMEOUT_MS = 90_000;

export const RESULTS = join(root, 'test-results');
const DOCS = join(root, 'docs', 'images');

export interface Environment {
	sandbox: Sandbox;
	n8n: N8nInstance;
	editor: Editor;
	page: Page;
	/** A picture of what is on the screen: for the README with UPDATE_DOCS=1, else beside the other results. */
	picture(name: string): Promise<void>;
}

/** Where Chromium usually is; CHROMIUM_PATH says otherwise. */
async function findChromium(): Promise<string> {
	const { CHROMIUM_PATH } = process.env;
	const candidates = CHROMIUM_PATH
		? [CHROMIUM_PATH]
		: ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome', '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome'];
	for (const path of candidates) {
		if (await access(path).then(() => true, () => false)) return path;
	}
	throw new Error(
		`Chromium was not found (looked for ${candidates.join(', ')}).\n` +
			'Install it, on Debian or Ubuntu with: sudo apt-get install chromium\n' +
			'or say where it is: CHROMIUM_PATH=/path/to/chromium npm run test:browser',
	);
}

const started = new AsyncDisposableStack();
let ending: Promise<void> | undefined;

export async function startEnvironment(): Promise<Environment> {
	// First what can be missing: it must not show after a minute.
	const executablePath = await findChromium();
	const installation = await ensureN8n();
	const packFolder = await mkdtemp(join(tmpdir(), 'n8n-nodes-nextmatter-'));
	started.defer(() => rm(packFolder, { recursive: true, force: true }));
	const packed = await withProgress('Building and packing the package', () => packPackage(packFolder));
	// A list of workflows is not documented; one test shows what happens without it.
	const sandbox = await createSandbox({ switches: { processList: true } });
	started.defer(() => sandbox.close());
	const n8n = await withProgress(`Starting n8n ${installation.version} with ${packed.name} ${packed.version}`, async () =>
		startN8n({
			installation,
			tarballs: [packed.tarball],
			timezone: TIMEZONE,
			port: await freePort(),
			// Other runs on the same machine may be about to take the usual one.
			env: { N8N_RUNNERS_BROKER_PORT: String(await freePort()) },
		}),
	);
	started.use(n8n);
	const browser = await chromium.launch({
		executablePath,
		args: [
			'--no-sandbox',
			'--disable-gpu',
			'--disable-quic',
			'--no-first-run',
			'--disable-background-networking',
			'--disable-component-update',
			'--disable-sync',
		],
		// run.mts ends the browser itself, in order.
		handleSIGINT: false,
		handleSIGTERM: false,
		handleSIGHUP: false,
	});
	started.defer(() => browser.close());
	const context = await browser.newContext({ viewport: VIEW, locale: 'en-US', timezoneId: TIMEZONE, reducedMotion: 'reduce' });
	const page = await context.newPage();
	page.setDefaultTimeout(ACTION_TIMEOUT_MS);
	page.setDefaultNavigationTimeout(LOAD_TIMEOUT_MS);
	const pictures = process.env.UPDATE_DOCS === '1' ? DOCS : RESULTS;
	await mkdir(RESULTS, { recursive: true });
	await mkdir(pictures, { recursive: true });
	const editor = new Editor(page, n8n.url);
	return {
		sandbox,
		n8n,
		editor,
		page,
		async picture(name) {
			await editor.settle();
			await page.screenshot({ path: join(pictures, `${name}.png`), animations: 'disabled' });
		},
	};
}

/** What is on the screen, as a picture and as text, for whoever looks into a failure. */
export async function keepEvidence({ page, n8n, sandbox }: Environment, name: string): Promise<string> {
	const base = join(RESULTS, `failed-${name.toLowerCase().replace(/[^a-z0-9]+/g, '-')}`);
	await page.screenshot({ path: `${base}.png` }).catch(() => undefined);
	const text = await page.locator('body').innerText().catch((error: Error) => error.message);
	const calls = sandbox.requests.slice(-20).map(({ method, path, status, rawBody }) => `${status} ${method} ${path} ${rawBody}`);
	await writeFile(`${base}.txt`, `${page.url()} (n8n at ${n8n.url})\n\n${text}\n\nLast calls to Next Matter:\n${calls.join('\n')}\n`);
	return base;
}

/** Ends what was started, in reverse order. */
export function stopEnvironment(): Promise<void> {
	return (ending ??= started.disposeAsync());
}
