import type { NodeTable } from '../../kernel/operations';
import { NextMatterClient } from '../api/client';
import { openConnection } from '../api/connection';
import { create } from './instance/create';
import { get } from './instance/get';
import { update } from './instance/update';
import { DEFAULT_CONCURRENCY } from './parameters';
import { complete, save } from './step/submit';

/** Everything that the node can do. The editor, the router and the README's table come from here. */
export const nextMatter: NodeTable<NextMatterClient> = {
	service: 'Next Matter',
	concurrency: DEFAULT_CONCURRENCY,
	labels: {
		process: 'Workflow',
		name: 'Name',
		deadline: 'Deadline',
		priority: 'Priority',
		tags: 'Tags',
		step_assignments: 'Step Assignments',
		step_id: 'Step',
		user_id: 'User ID',
		actions: 'Form Fields',
		action_id: 'Form Field ID',
		input_object: 'Value',
		mode: 'Operation',
		ids: 'Instance',
	},
	connect: async (context, options) => new NextMatterClient(await openConnection(context, options)),
	resources: [
		{ value: 'instance', name: 'Instance', operations: [create, get, update] },
		{ value: 'step', name: 'Step', operations: [complete, save] },
	],
};
