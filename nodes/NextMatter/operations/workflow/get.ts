import type { IDataObject } from 'n8n-workflow';

import { defineOperation } from '../../../kernel/operations';
import { wholeNumberId } from '../../../kernel/values';
import type { NextMatterClient } from '../../api/client';
import { readStructure } from '../../api/snapshot';
import { workflowNotReadable } from '../explanations';
import { optionsWith, simplify, workflowId } from '../parameters';

export const getWorkflow = defineOperation<NextMatterClient>()({
	value: 'get',
	name: 'Get',
	action: 'Get workflow',
	description:
		'Retrieve a workflow with the IDs, names and types of its steps and form fields. Needs the workflow. Not in the public reference.',
	properties: [workflowId, simplify, optionsWith()],
	plan(values) {
		const id = wholeNumberId(values.workflowId, "'Workflow'");
		return {
			async run(client) {
				const workflow = await client.getWorkflow(id);
				const { steps } = readStructure(workflow);
				if (!values.simplify || steps.length === 0) return workflow;
				return {
					id,
					name: workflow.name ?? workflow.title ?? '',
					steps: steps.map(({ id: step, name, type = null, parentId = null, fields }) => ({
						id: step,
						name,
						type,
						parentId,
						formFields: fields.map((field) => ({
							id: field.id,
							name: field.name,
							type: field.type ?? null,
							required: field.required,
							choices: field.choices,
						})),
					})),
				} as IDataObject;
			},
		};
	},
	explain: workflowNotReadable,
});
