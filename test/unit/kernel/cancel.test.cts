/** A run that the user cancels, in n8n's own engine: how it is recorded, and that nothing is sent afterwards. */
import { setTimeout as wait } from 'node:timers/promises';
import { createSandbox, type Sandbox } from '../../../sandbox/next-matter/server.mts';
import { createEngine, type Engine } from '../../engine/harness/engine.mts';

let sandbox: Sandbox;
let engine: Engine;
beforeAll(async () => {
	sandbox = await createSandbox();
	engine = await createEngine({ credentials: { nextMatterApi: { apiKey: sandbox.apiKey, baseUrl: sandbox.apiUrl } } });
});
afterEach(() => sandbox.reset());
afterAll(async () => {
	engine?.close();
	await sandbox?.close();
});

const create = { resource: 'instance', operation: 'create', workflowId: '4210', additionalFields: { name: '={{ $json.name }}' }, options: { concurrency: 1 } };
const names = ['Ada', 'Grace', 'Joan'].map((name) => ({ name }));

/** Runs, and cancels when the given request has come in. */
async function cancelAt(request: number, options: Partial<Parameters<Engine['run']>[0]> = {}) {
	const stop = new AbortController();
	const running = engine.run({ parameters: create, items: names, signal: stop.signal, ...options });
	while (sandbox.requests.length < request) await wait(5);
	await wait(50);
	const from = performance.now();
	stop.abort();
	const result = await running;
	return { ...result, took: performance.now() - from };
}

it.each([undefined, 'continueRegularOutput', 'continueErrorOutput'] as const)('during a request (%s): what is done stays, what is unclear is named', async (onError) => {
	sandbox.faults.add({ kind: 'delay', ms: 3_000, match: { method: 'POST', nth: 2 } });
	const result = await cancelAt(2, { onError });
	expect(result.status).toBe('canceled');
	expect(result.took).toBeLessThan(1_000);
	expect(result.items).toMatchObject([{ json: { name: 'Ada' }, pairedItem: { item: 0 } }]);
	expect(result.errorItems).toEqual([]);
	expect(result.hints).toMatchObject([{ message: expect.stringContaining('item 1: it is not known') }]);
	await wait(100);
	expect(sandbox.requests).toHaveLength(2);
});

it('during the wait after a 429: nothing was done for that item, and nothing is said of it', async () => {
	sandbox.faults.add({ kind: 'rate-limit', retryAfter: 30, match: { nth: 2 } });
	const result = await cancelAt(2);
	expect(result).toMatchObject({ status: 'canceled', hints: [] });
	expect(result.items).toHaveLength(1);
	expect(result.took).toBeLessThan(1_000);
	expect(sandbox.requests).toHaveLength(2);
});

it('is not repeated by "Retry On Fail"', async () => {
	sandbox.faults.add({ kind: 'delay', ms: 3_000 });
	const result = await cancelAt(1, { settings: { retryOnFail: true, maxTries: 3, waitBetweenTries: 1 } });
	expect(result.status).toBe('canceled');
	expect(sandbox.requests).toHaveLength(1);
});

it('while a lost reply is being looked for: the item is unclear', async () => {
	sandbox.faults.add({ kind: 'reset-before', match: { method: 'POST' } });
	const parameters = { ...create, additionalFields: { name: 'Ada', deduplicationKey: 'deal-1' } };
	const stop = new AbortController();
	const running = engine.run({ parameters, items: [{}], signal: stop.signal });
	while (!sandbox.requests.some(({ method }) => method === 'POST')) await wait(5);
	await wait(100);
	const from = performance.now();
	stop.abort();
	expect(await running).toMatchObject({ status: 'canceled', items: [], hints: [{ message: expect.stringContaining('item 0') }] });
	expect(performance.now() - from).toBeLessThan(1_000);
});

it('stops many at once: the call under way is unclear for each', async () => {
	const ids = names.map(({ name }) => ({ id: sandbox.state.createInstance(4210, { name }).id }));
	sandbox.faults.add({ kind: 'delay', ms: 3_000, match: { method: 'POST' } });
	const result = await cancelAt(1, { parameters: { resource: 'instance', operation: 'stop', instanceId: '={{ $json.id }}' }, items: ids });
	expect(result).toMatchObject({ status: 'canceled', items: [], hints: [{ message: expect.stringContaining('item 0 to 2') }] });
	expect(sandbox.requests).toHaveLength(1);
});
