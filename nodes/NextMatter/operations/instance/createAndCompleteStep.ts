import type { InputError } from '../../../kernel/errors';
import { ServiceError } from '../../../kernel/errors';
import { defineOperation } from '../../../kernel/operations';
import { property } from '../../../kernel/parameters';
import { wholeNumberId } from '../../../kernel/values';
import type { NextMatterClient } from '../../api/client';
import { completeOnce } from '../../api/once';
import { readStructure } from '../../api/snapshot';
import type { Instance } from '../../api/types';
import { instanceNotCreated, stepNotAccepted } from '../explanations';
import { optionsWith, simplifyOnDemand, stepId } from '../parameters';
import { formProperties, inputFormat, planForm } from '../step/form';
import { present } from './present';
import { planStart, startInstance, startLane, startProperties } from './start';

const firstStepId = property({
	...stepId,
	required: false,
	description: 'The step to complete. Leave empty for the first active step of the new instance.',
});

const local = (message: string, description: string) =>
	new ServiceError(message, { kind: 'refused', words: '', fields: [], unclear: false }, description);

/**
 * The step to complete, or nothing when an instance that existed before is past it.
 * Which step is the first of such an instance shows in the order of the snapshot.
 */
async function stepToComplete(
	client: NextMatterClient,
	instance: Instance,
	existed: boolean,
	chosen: number | undefined,
): Promise<number | undefined> {
	const active = instance.active_step_ids ?? [];
	if (chosen !== undefined) return existed && !active.includes(chosen) ? undefined : chosen;
	if (!existed && active.length > 0) {
		// A group may count as active too: it is completed by the steps in it.
		const { steps } = readStructure(instance.process_snapshot);
		const groups = new Set(steps.filter(({ id }) => active.includes(id)).map(({ parentId }) => parentId));
		return active.find((id) => !groups.has(id)) ?? active[0];
	}
	if (!existed) {
		throw local('It has no active step', "Give the step in 'Step', or complete it in a second node after waiting.");
	}
	const { process_snapshot: snapshot } = await client.getInstance(instance.id, { stepTimes: true });
	const { steps } = readStructure(snapshot);
	const first = steps.find(({ fields }) => fields.length > 0);
	if (first) return active.includes(first.id) ? first.id : undefined;
	throw local(
		'It existed before, and which of its steps is the first cannot be seen',
		"Choose the step in 'Step': then it is completed only if it is still active.",
	);
}

export const createAndCompleteStep = defineOperation<NextMatterClient>()({
	value: 'createAndCompleteStep',
	name: 'Create and Complete Step',
	action: 'Create instance and complete step',
	description:
		'Start a new instance of a workflow, fill in the form of its first step and complete it. Needs the workflow, and the form fields by their IDs; name, deadline (ISO 8601), priority and tags are optional. Returns the instance with its ID and the steps that are active now.',
	properties: [...startProperties, firstStepId, ...formProperties, simplifyOnDemand, optionsWith(inputFormat)],
	plan(values, item) {
		const start = planStart(values, item.timezone);
		const chosen = values.stepId === '' ? undefined : wholeNumberId(values.stepId, "'Step'");
		const form = planForm(values, item);
		return {
			lane: startLane(start),
			async run(client) {
				const { instance, existed } = await startInstance(client, start);
				const { id } = instance;
				try {
					const step = await stepToComplete(client, instance, existed, chosen);
					if (step === undefined) return present(instance, values);
					const fields = await form.prepare(client, instance, step);
					return present(await completeOnce(client, id, step, fields), values);
				} catch (error) {
					// Also for a value that does not fit the form, which is known only now: the instance is there.
					const { message, description = '' } = error as InputError;
					const failed = error instanceof ServiceError ? error : local(message, description);
					failed.details = { ...failed.details, instanceId: id };
					return await Promise.reject(failed);
				}
			},
		};
	},
	explain(error) {
		const { instanceId } = error.details;
		if (instanceId === undefined) return instanceNotCreated(error);
		const reason = stepNotAccepted(error);
		return {
			message: `The instance ${String(instanceId)} was created, but its step was not completed${error.status ? ` (${error.status})` : ''}`,
			description: [
				error.message && `${error.message}.`,
				reason?.description ?? error.description,
				"Do not run this item again as it is, that would create a second instance: complete the step of this one with the operation 'Complete', or use a 'Deduplication Key'.",
			]
				.filter(Boolean)
				.join(' '),
		};
	},
});
