/** The sandbox inside the test process, as the tests of the nodes use it. */
import { createSandbox, type Sandbox } from '../../sandbox/next-matter/server.mts';

describe('sandbox in process', () => {
	let sandbox: Sandbox;
	let moment = new Date('2026-01-01T00:00:00Z');

	beforeAll(async () => {
		sandbox = await createSandbox({ now: () => moment, switches: { latencyMs: 1 } });
	});

	beforeEach(() => {
		sandbox.reset();
	});

	afterAll(async () => {
		await sandbox.close();
	});

	const get = async (path: string) =>
		await fetch(sandbox.apiUrl + path, { headers: { authorization: `Api-Key ${sandbox.apiKey}` } });

	it('follows the clock it is given', () => {
		const { id, startedTime } = sandbox.state.createInstance(4210, { name: 'Ada' });
		expect(startedTime).toBe('2026-01-01T00:00:00Z');
		moment = new Date('2026-01-02T00:00:00Z');
		sandbox.state.completeStep(id, 141487, { 369584: { inputValue: 'Ada' } });
		expect(sandbox.state.instance(id)).toMatchObject({
			lastUpdatedTime: '2026-01-02T00:00:00Z',
			values: { 369584: { inputValue: 'Ada' } },
			steps: { 141487: { completedTime: '2026-01-02T00:00:00Z' }, 141489: { status: 'active' } },
		});
		expect(() => sandbox.state.completeStep(id, 141487)).toThrow('is not active');
	});

	it('injects faults and keeps a diary', async () => {
		sandbox.faults.add({ kind: 'reset-after', match: { path: /\/instances\/\d+\/$/ } });
		await expect(get('/instances/88001/')).rejects.toThrow('fetch failed');
		expect(((await (await get('/instances/88001/')).json()) as { name: string }).name).toBe('Lena Fischer');
		expect(sandbox.requests).toMatchObject([
			{ status: null, fault: 'reset-after' },
			{ status: 200, authorized: true },
		]);
	});

	it('returns to its start', async () => {
		sandbox.set({ latencyMs: 0, v2: false });
		sandbox.state.clear();
		sandbox.faults.add({ kind: 'empty', times: 'always' });
		sandbox.reset();
		expect(sandbox.switches).toMatchObject({ latencyMs: 1, v2: true });
		expect((await get('/instances/88001/')).status).toBe(200);
		expect(() => sandbox.set({ nothing: 1 } as object)).toThrow('There is no switch "nothing"');
	});

	it('reports an answer that breaks its own schema', async () => {
		const printed = jest.spyOn(console, 'error').mockImplementation(() => undefined);
		Object.assign(sandbox.state.instances.get(88001)!, { name: {} });
		expect((await get('/instances/88001/')).status).toBe(500);
		expect(sandbox.state.internalFaults).toEqual([expect.stringContaining('response/name must be string')]);
		expect(printed).toHaveBeenCalled();
		printed.mockRestore();
	});

	it('lists thousands of instances quickly', async () => {
		for (let i = 0; i < 5000; i += 1) sandbox.state.createInstance(4210, { name: `Load ${i}` });
		const started = performance.now();
		for (let page = 1; page <= 10; page += 1) {
			const path = `/processes/4210/instances/?name=load&ordering=-name&page_size=500&page=${page}`;
			const { results } = (await (await get(path)).json()) as { results: unknown[] };
			expect(results).toHaveLength(500);
		}
		expect(performance.now() - started).toBeLessThan(5000);
	});
});
