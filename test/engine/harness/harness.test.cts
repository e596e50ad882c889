/** The harness itself: what it promises has to be n8n's behaviour, or the other tests say nothing. */
import { createSandbox, type Sandbox } from '../../../sandbox/next-matter/server.mts';
import { createEngine, file, type Engine } from './engine.mts';

let sandbox: Sandbox;
let engine: Engine;

beforeAll(async () => {
	sandbox = await createSandbox();
	const { apiKey, apiUrl: baseUrl } = sandbox;
	engine = await createEngine({ credentials: { nextMatterApi: { apiKey, baseUrl } } });
});

afterEach(() => sandbox.reset());

afterAll(async () => {
	engine?.close();
	await sandbox?.close();
});

/** A run that needs one request per item; the id of the instance comes from an expression. */
const get = { resource: 'instance', operation: 'get', instanceId: '={{ $json.id }}' };

function twoInstances(): Array<{ id: number }> {
	return ['Ada', 'Grace'].map((name) => ({ id: sandbox.state.createInstance(4210, { name }).id }));
}

it('resolves expressions per item, adds the credential and keeps the link to the input', async () => {
	const items = twoInstances();
	const result = await engine.run({ parameters: get, items });
	expect(result).toMatchObject({ status: 'success', errorItems: [], hints: [] });
	expect(result.error).toBeUndefined();
	expect(result.items).toMatchObject([
		{ json: { name: 'Ada' }, pairedItem: { item: 0 } },
		{ json: { name: 'Grace' }, pairedItem: { item: 1 } },
	]);
	expect(sandbox.requests.every(({ authorized }) => authorized)).toBe(true);
});

it('gives the error that stops a node as n8n stores it', async () => {
	const result = await engine.run({ parameters: get, items: [{ id: 999_999 }] });
	expect(result).toMatchObject({ status: 'error', items: [] });
	expect(result.error).toMatchObject({ name: 'NodeApiError', httpCode: '404', context: { itemIndex: 0 } });
});

it('refuses to start without a required parameter, like n8n', async () => {
	const result = await engine.run({ parameters: { resource: 'instance', operation: 'get', instanceId: '' } });
	expect(result.status).toBe('error');
	expect(sandbox.requests).toEqual([]);
});

it.each(['manual', 'trigger'] as const)('sorts failed items into branches (%s)', async (mode) => {
	const items = [...twoInstances(), { id: 999_999 }];
	const toBranch = await engine.run({ parameters: get, items, mode, onError: 'continueErrorOutput' });
	expect(toBranch.items).toHaveLength(2);
	// n8n adds the fields of the item that failed.
	expect(toBranch.errorItems).toMatchObject([{ json: { id: 999_999 }, pairedItem: { item: 2 } }]);
	const inPlace = await engine.run({ parameters: get, items, mode, onError: 'continueRegularOutput' });
	expect(inPlace.items.map(({ json }) => 'error' in json)).toEqual([false, false, true]);
});

it('repeats a node that may be repeated', async () => {
	const settings = { retryOnFail: true, maxTries: 2, waitBetweenTries: 1 };
	await engine.run({ parameters: get, items: [{ id: 999_999 }], settings });
	const once = sandbox.requests.length / 2;
	sandbox.reset();
	await engine.run({ parameters: get, items: [{ id: 999_999 }] });
	expect(sandbox.requests).toHaveLength(once);
});

it('cancels a run', async () => {
	sandbox.set({ latencyMs: 5_000 });
	const stop = new AbortController();
	const running = engine.run({ parameters: get, items: [{ id: 1 }], signal: stop.signal });
	setTimeout(() => stop.abort(), 100);
	const started = performance.now();
	expect((await running).status).toBe('canceled');
	expect(performance.now() - started).toBeLessThan(1_000);
});

it('hands over the file of an item', async () => {
	const parameters = { resource: 'file', operation: 'upload' };
	const items = [{ json: {}, binary: { data: file('hello', 'a.txt', 'text/plain') } }];
	const result = await engine.run({ parameters, items });
	expect(result.error).toBeUndefined();
	expect(result.items).toHaveLength(1);
});

it('tells a wrong key from a right one', async () => {
	const { apiKey, apiUrl: baseUrl } = sandbox;
	expect(await engine.credentialTest({ apiKey, baseUrl })).toMatchObject({ status: 'OK' });
	expect(await engine.credentialTest({ apiKey: 'wrong', baseUrl })).toMatchObject({ status: 'Error' });
});

it('asks for the entries of a list', async () => {
	const [{ id }] = twoInstances();
	const parameters = { resource: 'instance', operation: 'get', workflowId: '4210' };
	const { results } = await engine.listSearch('searchInstances', { parameters, filter: 'Ada' });
	expect(results).toMatchObject([{ value: String(id) }]);
});

it('runs a workflow and follows an item back through it', async () => {
	const at = (node: string) => ({ main: [[{ node, type: 'main' as const, index: 0 }]] });
	const node = { typeVersion: 1, position: [0, 0] as [number, number] };
	const name = "={{ $('Start').item.json.who }}";
	const assignments = [{ id: '1', name: 'who', type: 'string', value: name }];
	const result = await engine.runWorkflow(
		{
			nodes: [
				{ ...node, id: '1', name: 'Start', type: 'n8n-nodes-base.manualTrigger', parameters: {} },
				{ ...node, id: '2', name: 'Read', type: 'n8n-nodes-nextmatter.nextMatter', parameters: get },
				{ ...node, id: '3', name: 'Who', type: 'n8n-nodes-base.set', parameters: { assignments: { assignments } } },
			],
			connections: { Start: at('Read'), Read: at('Who') },
		},
		{ items: twoInstances().map((item, index) => ({ ...item, who: `item ${index}` })) },
	);
	expect(result.error).toBeUndefined();
	expect(result.nodes.Who.items.map(({ json }) => json.who)).toEqual(['item 0', 'item 1']);
});
