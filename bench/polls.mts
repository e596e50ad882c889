// What a poll of the trigger costs when nothing has happened, in n8n's engine: no server is needed for that.
import { createSandbox, type Sandbox } from '../sandbox/next-matter/server.mts';
import { WORKFLOW } from '../test/n8n/operations.mts';
import { byId } from '../test/n8n/workflows.mts';
import type { Scale, Table } from './scenarios.mts';

const EVENTS = [
	'instanceStarted',
	'instanceCompleted',
	'instanceStopped',
	'instanceEnded',
	'instanceUpdated',
	'stepActivated',
	'fieldValueChanged',
	'deadlineOverdue',
];

/** Half of them running, half of those overdue; a third completed; the rest stopped. */
function fill({ state }: Sandbox, count: number): void {
	// One a minute, each with half an hour of life.
	const ago = (index: number) => new Date(Date.now() - 60_000 * (count - index + 60));
	const ended = (index: number) => new Date(ago(index).getTime() + 1_800_000);
	for (let index = 0; index < count; index++) {
		const kind = index % 6;
		state.createInstance(WORKFLOW, {
			name: `Instance ${index}`,
			startedTime: ago(index),
			values: { 369584: { inputValue: `Person ${index}` } },
			...(kind < 2 && { deadline: new Date(Date.now() - 3_600_000) }),
			...((kind === 3 || kind === 4) && { completedTime: ended(index) }),
			...(kind === 5 && { abortedTime: ended(index) }),
		});
	}
}

export async function polls({ quick }: Scale): Promise<Table> {
	// Loaded here, because it brings n8n's engine into this process.
	const { createEngine } = await import('../test/engine/harness/engine.mts');
	const sizes = quick ? [10, 600] : [10, 600, 3000];
	const counts = new Map<string, number[][]>(EVENTS.map((event) => [event, []]));
	for (const size of sizes) {
		const sandbox = await createSandbox({ seed: 'onboarding' });
		for (const id of [...sandbox.state.instances.keys()]) sandbox.state.delete(id);
		fill(sandbox, size);
		const engine = await createEngine({
			credentials: { nextMatterApi: { apiKey: sandbox.apiKey, baseUrl: sandbox.apiUrl } },
		});
		try {
			for (const event of EVENTS) {
				const parameters = { event, workflowId: byId(WORKFLOW), stepId: byId(141487), actionId: byId(369584) };
				const poll = async (staticData = {}) => {
					sandbox.requests.length = 0;
					const result = await engine.poll({ parameters, staticData });
					return { ...result, requests: sandbox.requests.length };
				};
				const first = await poll();
				// The second may still look back behind the base line; the third is what every later one costs.
				const second = await poll(first.staticData);
				const third = await poll(second.staticData);
				const given = [first, second, third].flatMap(({ items }) => items ?? []);
				if (given.length > 0) throw new Error(`${event} gave ${given.length} events though nothing happened`);
				counts.get(event)!.push([third, first, second].map(({ requests }) => requests));
			}
		} finally {
			engine.close();
			await sandbox.close();
		}
	}
	return {
		title: 'Requests per poll of the trigger when nothing has happened',
		setting:
			'Half of the instances running (two thirds of those overdue), a third completed, the rest stopped. In brackets: the first poll, which sets the base line, and the second.',
		head: ['Event', ...sizes.map((size) => `${size} instances`)],
		rows: [...counts].map(([event, values]) => [
			event,
			...values.map(([quiet, first, second]) => `${quiet} (${first}, ${second})`),
		]),
	};
}
