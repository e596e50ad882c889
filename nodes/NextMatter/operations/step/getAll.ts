import type { IDataObject } from 'n8n-workflow';

import { defineOperation } from '../../../kernel/operations';
import { wholeNumberId } from '../../../kernel/values';
import type { NextMatterClient } from '../../api/client';
import { instanceStatus } from '../../api/instance';
import { parseSnapshot, readStructure } from '../../api/snapshot';
import type { Instance } from '../../api/types';
import { instanceNotFound } from '../explanations';
import { instanceLane, instanceLocator, optionsWith, pagingProperties, rowLimit, simplify } from '../parameters';

/** The steps with what is known of each; steps that only `active_step_ids` names are not left out. */
export function stepsOf(instance: Instance): IDataObject[] {
	const active = new Set(instance.active_step_ids ?? []);
	const { steps } = readStructure(instance.process_snapshot);
	const known = new Set(steps.map(({ id }) => id));
	const listed = steps.map((step): IDataObject => {
		const isActive = active.has(step.id);
		const state = isActive ? 'active' : step.completedTime ? 'completed' : 'notActive';
		return {
			id: step.id,
			name: step.name,
			type: step.type ?? null,
			state,
			parentId: step.parentId ?? null,
			startedTime: step.startedTime ?? null,
			completedTime: step.completedTime ?? null,
			formFields: step.fields.map(({ id, name, type = null }) => ({ id, name, type })),
			instanceId: instance.id,
		};
	});
	const unlisted = [...active].filter((id) => !known.has(id));
	return [...listed, ...unlisted.map((id): IDataObject => ({ id, state: 'active', instanceId: instance.id }))];
}

export const getAllSteps = defineOperation<NextMatterClient>()({
	value: 'getAll',
	name: 'Get Many',
	action: 'Get many steps',
	description:
		'Retrieve a list of the steps of an instance with their state (active, completed or notActive), times and form fields. Needs the instance. Form fields come with ID, name and type.',
	properties: [...instanceLocator, ...pagingProperties, simplify, optionsWith()],
	plan(values) {
		const id = wholeNumberId(values.instanceId, "'Instance'");
		const limit = rowLimit(values);
		return {
			lane: instanceLane(id),
			async run(client) {
				const instance = await client.getInstance(id, { stepTimes: true });
				if (values.simplify) return stepsOf(instance).slice(0, limit);
				return {
					instanceId: id,
					status: instanceStatus(instance),
					active_step_ids: instance.active_step_ids,
					step_deadlines: instance.step_deadlines,
					process_snapshot: parseSnapshot(instance.process_snapshot) ?? instance.process_snapshot,
				} as IDataObject;
			},
		};
	},
	explain: instanceNotFound,
});
