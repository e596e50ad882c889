import { defineOperation } from '../../../kernel/operations';
import { utcTime, wholeNumberId } from '../../../kernel/values';
import type { NextMatterClient } from '../../api/client';
import { simplifyInstance } from '../../api/instance';
import type { InstanceFields } from '../../api/types';
import {
	additionalFields,
	instanceName,
	optionsWith,
	simplifyOnDemand,
	stepAssignments,
	toStepAssignments,
	workflowId,
} from '../parameters';

export const create = defineOperation<NextMatterClient>()({
	value: 'create',
	name: 'Create',
	action: 'Create instance',
	description: 'Start a new instance of a workflow',
	properties: [workflowId, additionalFields, stepAssignments, simplifyOnDemand, optionsWith()],
	plan(values, { timezone }) {
		const workflow = wholeNumberId(values.workflowId, "'Workflow'");
		const { name = '', deadline, priority, tags = [] } = values.additionalFields;
		const assignments = toStepAssignments(values.stepAssignments.assignment);
		const fields: InstanceFields = {
			...(name.trim() === '' ? {} : { name: instanceName(name) }),
			...(deadline ? { deadline: utcTime(deadline, timezone, "'Deadline'") } : {}),
			...(priority ? { priority } : {}),
			...(tags.length > 0 ? { tags } : {}),
			...(assignments.length > 0 ? { step_assignments: assignments } : {}),
		};
		return {
			async run(client) {
				const instance = await client.createInstance(workflow, fields);
				return values.simplify ? simplifyInstance(instance) : instance;
			},
		};
	},
});
