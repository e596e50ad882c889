/** What the tests of the operations share: a sandbox and an engine per file, and words for what they do. */
import type { IDataObject, INodeParameters } from 'n8n-workflow';
import type { RecordedRequest } from '../../../sandbox/next-matter/recorder.mts';
import { createSandbox, type Sandbox } from '../../../sandbox/next-matter/server.mts';
import { createEngine, type Engine, type RunOptions, type RunResult } from '../harness/engine.mts';

/** The demo workflow with all field types, its first step, and that step's form fields. */
export const ONBOARDING = 4210;
export const FIRST_STEP = 141487;
export const FULL_NAME = 369584;
/** Names its instances itself. */
export const PURCHASE = 4211;
/** Needs two step assignments at the start. */
export const VISIT = 4212;

/** Values that complete the first step of the onboarding, by form field. */
export const PERSONAL = {
	369584: { inputValue: 'Ada Byron' },
	369585: { emailValue: 'ada@example.com' },
	369586: { date: '2026-12-01T08:00:00Z' },
	369588: { itemSelected: 'Engineering' },
	369589: { radioItemSelected: 'Permanent' },
};

/** The same as the JSON mode takes it. */
export const personalActions = () =>
	Object.entries(PERSONAL).map(([id, input_object]) => ({ action_id: Number(id), input_object }));

/** The parameters that fill in the first step of the onboarding. */
export const personalForm = (): INodeParameters => ({
	inputMode: 'json',
	formFieldsJson: JSON.stringify(personalActions()),
});

export interface Bench {
	sandbox: Sandbox;
	engine: Engine;
	/** Runs one operation; `name` is `resource.operation`. */
	run(name: string, parameters?: INodeParameters, more?: Partial<RunOptions>): Promise<RunResult>;
	/** What reached the sandbox, as `METHOD /path`, optionally of one method alone. */
	calls(method?: string): string[];
	/** The requests with that method and that end of the path. */
	sent(method: string, end?: string): RecordedRequest[];
	/** Makes an instance inside the sandbox; gives its ID. */
	instance(options?: Parameters<Sandbox['state']['createInstance']>[1], workflow?: number): number;
}

/** Starts both before the tests of a file, and looks after each test that the sandbox itself was well. */
export function useBench(): Bench {
	const bench = {} as Bench;
	beforeAll(async () => {
		bench.sandbox = await createSandbox();
		const { apiKey, apiUrl: baseUrl } = bench.sandbox;
		bench.engine = await createEngine({ credentials: { nextMatterApi: { apiKey, baseUrl } } });
	});
	afterEach(() => {
		const { internalFaults } = bench.sandbox.state;
		const faults = [...internalFaults];
		bench.sandbox.reset();
		expect(faults).toEqual([]);
	});
	afterAll(async () => {
		bench.engine?.close();
		await bench.sandbox?.close();
	});
	bench.run = async (name, parameters = {}, more = {}) => {
		const [resource, operation] = name.split('.');
		return await bench.engine.run({ parameters: { resource, operation, ...parameters }, ...more });
	};
	bench.sent = (method, end = '') =>
		bench.sandbox.requests.filter((request) => request.method === method && request.path.endsWith(end));
	bench.calls = (method) =>
		bench.sandbox.requests
			.filter((request) => method === undefined || request.method === method)
			.map((request) => `${request.method} ${request.path.replace('/api', '')}`);
	bench.instance = (options = {}, workflow = ONBOARDING) => bench.sandbox.state.createInstance(workflow, options).id;
	return bench;
}

/** The JSON of the items that came out. */
export const jsonOf = ({ items }: RunResult): IDataObject[] => items.map(({ json }) => json);

/** A run that has to succeed; gives its items' JSON. */
export async function done(running: Promise<RunResult>): Promise<IDataObject[]> {
	const result = await running;
	if (result.error) throw new Error(`${result.error.message} | ${result.error.description ?? ''}`);
	return jsonOf(result);
}

/** What a person reads when a run fails. */
export interface Failure {
	message: string;
	description: string;
	httpCode?: string | null;
	itemIndex?: number;
}

/** A run that has to fail; gives what the editor shows. */
export async function failed(running: Promise<RunResult>): Promise<Failure> {
	const { error, items } = await running;
	if (!error) throw new Error(`It did not fail: ${JSON.stringify(items)}`);
	const { httpCode } = error as { httpCode?: string | null };
	return {
		message: error.message,
		description: error.description ?? '',
		httpCode,
		itemIndex: error.context?.itemIndex as number | undefined,
	};
}

/** How much faster the time of the nodes goes inside `hurried`. */
const SPEED = 50;

/**
 * Lets the nodes' waits (before a retry, after a 429) pass 50 times faster. They wait in steps of at
 * most 250 ms and look at the clock after each: both are sped up, everything longer stays real.
 */
export async function hurried<T>(work: () => Promise<T>): Promise<T> {
	const { setTimeout: realTimeout } = globalThis;
	const realNow = Date.now;
	const start = realNow();
	Date.now = () => start + (realNow() - start) * SPEED;
	const quick = (callback: () => void, ms = 0, ...rest: []) =>
		realTimeout(callback, ms <= 250 ? ms / SPEED : ms, ...rest);
	globalThis.setTimeout = Object.assign(quick, realTimeout) as typeof setTimeout;
	try {
		return await work();
	} finally {
		globalThis.setTimeout = realTimeout;
		Date.now = realNow;
	}
}
