/** An update never empties what the user did not touch, whatever the service makes of a PUT. */
import type { INodeParameters } from 'n8n-workflow';
import { done, failed, PURCHASE, useBench } from './support.mts';

const bench = useBench();
const { run, sent, calls, instance } = bench;

const WHOLE = {
	name: 'Ada',
	deadline: '2027-01-01T00:00:00Z',
	priority: 'H' as const,
	tags: ['a', 'b'],
	stepAssignments: [{ step_id: 141490, user_id: 3102 }],
};

const held = (id: number) => {
	const { name, deadline, priority, tags, stepAssignments } = bench.sandbox.state.instance(id) ?? {};
	return {
		name,
		deadline: deadline && new Date(deadline).toISOString().replace('.000', ''),
		priority,
		tags,
		stepAssignments,
	};
};

const update = (id: number, updateFields: INodeParameters, more: INodeParameters = {}) =>
	run('instance.update', { instanceId: String(id), updateFields, ...more });

const CHANGES: Array<[string, INodeParameters, object]> = [
	['the name', { name: 'Grace' }, { name: 'Grace' }],
	['the deadline', { deadline: '2028-01-01T00:00:00Z' }, { deadline: '2028-01-01T00:00:00Z' }],
	['no deadline', { deadline: '' }, { deadline: null }],
	['the priority', { priority: 'V' }, { priority: 'V' }],
	['the regular priority', { priority: '' }, { priority: null }],
	['other tags', { tags: ['c'] }, { tags: ['c'] }],
	['no tags', { tags: [] }, { tags: [] }],
	['more tags', { tags: ['b', 'c'], tagsMode: 'add' }, { tags: ['a', 'b', 'c'] }],
	['fewer tags', { tags: '["b", "x"]', tagsMode: 'remove' }, { tags: ['a'] }],
	[
		'several at once',
		{ name: 'Grace', priority: 'V', tags: ['c'], tagsMode: 'add' },
		{ name: 'Grace', priority: 'V', tags: ['a', 'b', 'c'] },
	],
];

describe.each([true, false])('putBlanksOmitted %s', (putBlanksOmitted) => {
	it.each(CHANGES)('changes %s and nothing else', async (_what, updateFields, changed) => {
		bench.sandbox.set({ putBlanksOmitted });
		const id = instance(WHOLE);
		await done(update(id, updateFields));
		expect(held(id)).toEqual({ ...WHOLE, ...changed });
		expect(calls()).toEqual([`GET /instances/${id}/`, `PUT /instances/${id}/`]);
	});

	it('changes one assignment and keeps the others', async () => {
		bench.sandbox.set({ putBlanksOmitted });
		const id = instance(WHOLE);
		const assignment = [
			{ stepId: '141489', userId: '3103' },
			{ stepId: '141490', userId: '3104' },
		];
		await done(update(id, {}, { stepAssignments: { assignment } }));
		expect(held(id)).toEqual({
			...WHOLE,
			stepAssignments: [
				{ step_id: 141489, user_id: 3103 },
				{ step_id: 141490, user_id: 3104 },
			],
		});
	});
});

it('sends the workflow, which one version of the reference requires', async () => {
	const id = instance(WHOLE);
	await done(update(id, { name: 'Grace' }));
	expect(sent('PUT')[0].body).toMatchObject({ process: `${bench.sandbox.apiUrl}/processes/4210/` });
});

it('keeps assignments that the service does not tell', async () => {
	bench.sandbox.set({ stepAssignmentsReturned: false, putBlanksOmitted: false });
	const id = instance(WHOLE);
	await done(update(id, { name: 'Grace' }));
	expect(held(id)).toEqual({ ...WHOLE, name: 'Grace' });
	expect(sent('PUT')[0].body).not.toHaveProperty('step_assignments');
});

describe.each(['reject', 'accept-same', 'accept'] as const)(
	'where names are automatic (%s)',
	(putNameWithAutomaticNaming) => {
		it.each(['drf', 'problem', 'empty', 'html'] as const)(
			'changes the rest and keeps the name (bodies: %s)',
			async (errorBodies) => {
				bench.sandbox.set({ putNameWithAutomaticNaming, errorBodies, putBlanksOmitted: true });
				const id = instance({ tags: ['a'] }, PURCHASE);
				const { name } = held(id);
				await done(update(id, { tags: ['b'], tagsMode: 'add' }));
				expect(held(id)).toMatchObject({ name, tags: ['a', 'b'] });
			},
		);
	},
);

it('says that a name cannot be set where names are automatic, and sends it once', async () => {
	const id = instance({}, PURCHASE);
	const { message, description } = await failed(update(id, { name: 'Mine' }));
	expect(message + description).toMatch(/'Name'.*Automatic naming/);
	expect(sent('PUT')).toHaveLength(1);
});

it('does not drop the name because something else is refused', async () => {
	const id = instance(WHOLE);
	const { description } = await failed(
		update(id, { tags: ['x'] }, { stepAssignments: { assignment: [{ stepId: '1', userId: '3102' }] } }),
	);
	expect(description).toContain("'Step Assignments'");
	expect(sent('PUT')).toHaveLength(1);
	expect(held(id)).toEqual(WHOLE);
});

it.each([
	['allow', 'success'],
	['reject', 'error'],
] as const)('an ended instance: %s', async (editEnded, status) => {
	bench.sandbox.set({ editEnded });
	const id = instance({ ...WHOLE, startedTime: '2026-01-01T00:00:00Z', completedTime: '2026-01-02T00:00:00Z' });
	const result = await update(id, { name: 'Grace' });
	expect(result.status).toBe(status);
	expect(held(id).name).toBe(status === 'success' ? 'Grace' : 'Ada');
});

it.each(['lowercase', 'sorted-unique'] as const)(
	'removes a tag in the letters of the service (%s)',
	async (tagNormalisation) => {
		bench.sandbox.set({ tagNormalisation });
		const id = instance({ tags: ['hr', 'it'] });
		const tags = tagNormalisation === 'lowercase' ? ['HR'] : ['hr'];
		await done(update(id, { tags, tagsMode: 'remove' }));
		expect(held(id).tags).toEqual(['it']);
	},
);

it('takes what several items change on one instance one after the other', async () => {
	const id = instance({ ...WHOLE, tags: [] });
	const items = Array.from({ length: 6 }, (_, index) => ({ tag: `t${index}` }));
	await done(
		run(
			'instance.update',
			{ instanceId: String(id), updateFields: { tags: ['={{ $json.tag }}'], tagsMode: 'add' } },
			{ items },
		),
	);
	expect(held(id).tags).toEqual(items.map(({ tag }) => tag));
});
