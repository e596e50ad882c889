import type { IDataObject } from 'n8n-workflow';

import { defineOperation } from '../../../kernel/operations';
import { wholeNumberId } from '../../../kernel/values';
import type { NextMatterClient } from '../../api/client';
import { plainValue } from '../../formFields/plainValue';
import { fieldNotFound } from '../explanations';
import { filters, toInstanceFilters } from '../filters';
import { actionId, optionsWith, pagingProperties, rowLimit, simplify, stepId, workflowId } from '../parameters';

export const getAllFieldValues = defineOperation<NextMatterClient>()({
	value: 'getAll',
	name: 'Get Many',
	action: 'Get many form field values',
	description:
		'Retrieve a list of the values that one form field has in the instances of a workflow. Needs workflow, step and form field. Returns instanceId, instanceName and value for each. Filters make it fast.',
	properties: [workflowId, stepId, actionId, ...pagingProperties, filters, simplify, optionsWith()],
	plan(values, { timezone }) {
		const place = {
			workflow: wholeNumberId(values.workflowId, "'Workflow'"),
			step: wholeNumberId(values.stepId, "'Step'"),
			field: wholeNumberId(values.actionId, "'Form Field'"),
		};
		const limit = rowLimit(values);
		const query = toInstanceFilters(values.filters, timezone);
		return {
			async run(client) {
				const rows = await client.listFieldValues(place, query, limit);
				if (!values.simplify) return rows;
				return rows.map(
					({ instance_id, instance_name = '', value }) =>
						({
							instanceId: instance_id,
							instanceName: instance_name,
							// How a field without a value looks is not documented: an empty object is none either.
							value: value && Object.keys(value).length > 0 ? plainValue(value) : null,
						}) as IDataObject,
				);
			},
		};
	},
	explain: fieldNotFound,
});
