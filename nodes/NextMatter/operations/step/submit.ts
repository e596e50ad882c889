import { defineOperation } from '../../../kernel/operations';
import { wholeNumberId } from '../../../kernel/values';
import type { NextMatterClient } from '../../api/client';
import { completeOnce } from '../../api/once';
import { instanceLane, instanceLocator, optionsWith, simplifyOnDemand, stepId } from '../parameters';
import { stepNotAccepted } from '../explanations';
import { present } from '../instance/present';
import { formProperties, inputFormat, planForm } from './form';

/** Complete and save are one call that differs in its mode. */
const submit = (
	mode: 'complete' | 'save',
	texts: { name: string; action: string; description: string },
) =>
	defineOperation<NextMatterClient>()({
		value: mode,
		...texts,
		properties: [...instanceLocator, stepId, ...formProperties, simplifyOnDemand, optionsWith(inputFormat)],
		plan(values, item) {
			const id = wholeNumberId(values.instanceId, "'Instance'");
			const step = wholeNumberId(values.stepId, "'Step'");
			const form = planForm(values, item);
			return {
				lane: instanceLane(id),
				async run(client) {
					const fields = await form.prepare(client, id, step);
					const instance =
						mode === 'complete'
							? await completeOnce(client, id, step, fields)
							: await client.completeStep(id, step, fields, mode);
					return present(instance, values);
				},
			};
		},
		explain: stepNotAccepted,
	});

export const complete = submit('complete', {
	name: 'Complete',
	action: 'Complete step',
	description:
		'Fill in the form of an active step and complete it, so that the instance moves on. Needs the instance, the ID of an active step, and its form fields by their IDs; dates are ISO 8601. Returns the instance with the steps that are active now.',
});

export const save = submit('save', {
	name: 'Save',
	action: 'Save step',
	description:
		'Fill in the form of an active step and leave the step open. Needs the instance, the ID of an active step, and its form fields by their IDs; dates are ISO 8601. Returns the instance.',
});
