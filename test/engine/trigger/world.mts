/** A sandbox with one small workflow, a clock to set, and triggers that poll it. */
import type { IDataObject, INodeParameters } from 'n8n-workflow';
import type { Fault, InstanceView, Sandbox, Switches } from '../../../sandbox/next-matter/server.mts';
import { createSandbox } from '../../../sandbox/next-matter/server.mts';
import { createEngine, type Engine } from '../harness/engine.mts';

export const WORKFLOW = 5000;
/** Three steps in a row; the first has the field. */
export const STEPS = [5001, 5002, 5003];
/** The step that `stepActivated` watches. */
export const STEP = 5002;
export const FIELD = 50011;

export const EVENTS = [
	'instanceStarted',
	'instanceCompleted',
	'instanceStopped',
	'instanceEnded',
	'instanceUpdated',
	'stepActivated',
	'fieldValueChanged',
	'deadlineOverdue',
] as const;
export type EventName = (typeof EVENTS)[number];

export const MINUTE = 60_000;

export interface Outcome {
	ids: number[];
	items: IDataObject[];
	requests: number;
}

export class World {
	/** Milliseconds since 1970 that the service's clock shows; undefined: the real clock, in microseconds. */
	clock: number | undefined;

	private onRequest?: (count: number) => void;

	readonly sandbox: Sandbox;

	readonly engine: Engine;

	constructor(sandbox: Sandbox, engine: Engine, clock: { world?: World }) {
		this.sandbox = sandbox;
		this.engine = engine;
		clock.world = this;
		// Called when a request arrives, before it is answered.
		const push = sandbox.requests.push.bind(sandbox.requests);
		sandbox.requests.push = (...records) => {
			const length = push(...records);
			this.onRequest?.(length);
			return length;
		};
	}

	/** With `clock: 'set'` the service's clock stands still until it is moved. */
	static async create(clock: 'real' | 'set' = 'real'): Promise<World> {
		const holder: { world?: World } = {};
		const now = () => new Date(holder.world?.clock ?? Date.now());
		const sandbox = await createSandbox({ seed: 'empty', ...(clock === 'set' && { now }) });
		const { apiKey, apiUrl: baseUrl } = sandbox;
		const engine = await createEngine({ credentials: { nextMatterApi: { apiKey, baseUrl } } });
		return new World(sandbox, engine, holder);
	}

	reset(switches: Partial<Switches> = {}): void {
		this.onRequest = undefined;
		this.clock = undefined;
		this.sandbox.reset();
		this.sandbox.set(switches);
		this.sandbox.state.addWorkflow({
			id: WORKFLOW,
			name: 'Orders',
			steps: STEPS.map((id, index) => ({
				id,
				name: `Step ${index + 1}`,
				...(index === 0 && { actions: [{ id: FIELD, name: 'Note', type: 'text' as const }] }),
			})),
		});
	}

	async close(): Promise<void> {
		this.engine.close();
		await this.sandbox.close();
	}

	/** Does something when the nth request from now on arrives (1: the next), before it is answered. */
	at(nth: number, action: () => void): void {
		const from = this.sandbox.requests.length;
		this.onRequest = (count) => {
			if (count - from === nth) action();
		};
	}

	/** Does something with every request. */
	always(action: (count: number) => void): void {
		const from = this.sandbox.requests.length;
		this.onRequest = (count) => action(count - from);
	}

	calm(): void {
		this.onRequest = undefined;
	}

	trigger(event: EventName, parameters: INodeParameters = {}): Trigger {
		return new Trigger(this, event, parameters);
	}

	create(options: Parameters<Sandbox['state']['createInstance']>[1] = {}): InstanceView {
		return this.sandbox.state.createInstance(WORKFLOW, options);
	}

	/** Many instances at once; gives their IDs. */
	many(count: number, options: Parameters<Sandbox['state']['createInstance']>[1] = {}): number[] {
		return Array.from({ length: count }, () => this.sandbox.state.startInstance(WORKFLOW, options).id);
	}

	complete(id: number): void {
		const { state } = this.sandbox;
		for (const step of STEPS) if (state.instance(id)?.activeStepIds.includes(step)) state.completeStep(id, step);
	}

	/** Changes the deadline, as an edit in the service does. */
	setDeadline(id: number, deadline: Date | null): void {
		const instance = this.sandbox.state.instances.get(id);
		if (!instance) return;
		instance.deadline = deadline && deadline.getTime() * 1000;
		this.sandbox.state.touch(id);
	}

	/** Makes the event happen to an instance that is as `prepare` left it. */
	happen(event: EventName, id: number, round = 0): void {
		const { state } = this.sandbox;
		if (event === 'instanceCompleted' || event === 'instanceEnded') this.complete(id);
		else if (event === 'instanceStopped') state.abort(id);
		else if (event === 'instanceUpdated') state.touch(id);
		else if (event === 'stepActivated') state.completeStep(id, STEPS[0]);
		else if (event === 'fieldValueChanged') state.setFieldValue(id, FIELD, { inputValue: `value ${round}` });
		else if (event === 'deadlineOverdue') this.setDeadline(id, new Date(Date.now() - MINUTE));
		else throw new Error(`${event} happens by creating an instance`);
	}
}

/** What differs per event in the parameters. */
export function parametersOf(event: EventName): INodeParameters {
	return {
		workflowId: { __rl: true, mode: 'id', value: String(WORKFLOW) },
		event,
		...(event === 'stepActivated' && { stepId: String(STEP) }),
		...(event === 'fieldValueChanged' && { stepId: String(STEPS[0]), actionId: String(FIELD) }),
	};
}

/** One node in an active workflow. */
export class Trigger {
	staticData: IDataObject = {};

	/** As n8n has it in its database: saved with the first poll and with those that start the workflow. */
	private saved: IDataObject = {};

	private isNew = true;

	private readonly world: World;

	readonly event: EventName;

	parameters: INodeParameters;

	constructor(world: World, event: EventName, parameters: INodeParameters = {}) {
		this.world = world;
		this.event = event;
		this.parameters = { ...parametersOf(event), ...parameters };
	}

	/** @throws what the poll throws; what was remembered stays as it was then */
	async poll(options: { budget?: number; mode?: 'manual' | 'trigger' } = {}): Promise<Outcome> {
		const before = this.world.sandbox.requests.length;
		const { items, staticData } = await this.world.engine.poll({
			node: 'nextMatterTrigger',
			parameters: this.parameters,
			staticData: this.staticData,
			...options,
		});
		const requests = this.world.sandbox.requests.length - before;
		if (options.mode !== 'manual') {
			this.staticData = JSON.parse(JSON.stringify(staticData)) as IDataObject;
			if (items || this.isNew) this.saved = this.staticData;
			this.isNew = false;
		}
		const json = (items ?? []).map((item) => item.json);
		return { ids: json.map(({ id }) => Number(id)), items: json, requests };
	}

	/** A poll in which a request fails. Gives what was found all the same, or undefined. */
	async failingPoll(fault: Fault): Promise<Outcome | undefined> {
		this.world.sandbox.faults.add(fault);
		try {
			return await this.poll();
		} catch {
			return undefined;
		} finally {
			this.world.sandbox.faults.clear();
		}
	}

	/** n8n stops without saving, and starts again. */
	crash(): void {
		this.staticData = this.saved;
	}
}
