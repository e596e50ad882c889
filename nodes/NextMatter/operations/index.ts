import type { NodeTable } from '../../kernel/operations';
import { NextMatterClient } from '../api/client';
import { openConnection } from '../api/connection';
import { upload } from './file/upload';
import { filterLabels } from './filters';
import { getAllFieldValues } from './formField/getAll';
import { create } from './instance/create';
import { createAndCompleteStep } from './instance/createAndCompleteStep';
import { deleteInstance } from './instance/delete';
import { get } from './instance/get';
import { getAll } from './instance/getAll';
import { stop } from './instance/stop';
import { update } from './instance/update';
import { DEFAULT_CONCURRENCY } from './parameters';
import { getAllSteps } from './step/getAll';
import { complete, save } from './step/submit';
import { getWorkflow } from './workflow/get';

/** Everything that the node can do. The editor, the router and the README's table come from here. */
export const nextMatter: NodeTable<NextMatterClient> = {
	service: 'Next Matter',
	concurrency: DEFAULT_CONCURRENCY,
	labels: {
		...filterLabels,
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
		ordering: 'Sort',
		page_size: 'Limit',
		file: 'Input Data Field Name',
		image: 'Input Data Field Name',
		process_instance: 'Instance ID',
	},
	connect: async (context, options) => new NextMatterClient(await openConnection(context, options)),
	resources: [
		{
			value: 'instance',
			name: 'Instance',
			operations: [create, createAndCompleteStep, deleteInstance, get, getAll, stop, update],
		},
		{ value: 'step', name: 'Step', operations: [complete, getAllSteps, save] },
		{ value: 'formField', name: 'Form Field', operations: [getAllFieldValues] },
		{ value: 'workflow', name: 'Workflow', operations: [getWorkflow] },
		{ value: 'file', name: 'File', operations: [upload] },
	],
};
