import { defineOperation } from '../../../kernel/operations';
import { wholeNumberId } from '../../../kernel/values';
import type { NextMatterClient } from '../../api/client';
import { simplifyInstance } from '../../api/instance';
import { instanceId, instanceLane, optionsWith, simplifyOnDemand, stepId } from '../parameters';
import { stepNotAccepted } from '../explanations';
import { formInput, formProperties, inputFormat } from './formFieldParameters';

/** Complete and save are one call that differs in its mode. */
const submit = (
	mode: 'complete' | 'save',
	texts: { name: string; action: string; description: string },
) =>
	defineOperation<NextMatterClient>()({
		value: mode,
		...texts,
		properties: [instanceId, stepId, ...formProperties, simplifyOnDemand, optionsWith(inputFormat)],
		plan(values, { timezone }) {
			const id = wholeNumberId(values.instanceId, "'Instance'");
			const step = wholeNumberId(values.stepId, "'Step'");
			const fields = formInput(values, timezone);
			return {
				lane: instanceLane(id),
				async run(client) {
					const instance = await client.completeStep(id, step, fields, mode);
					return values.simplify ? simplifyInstance(instance) : instance;
				},
			};
		},
		explain: stepNotAccepted,
	});

export const complete = submit('complete', {
	name: 'Complete',
	action: 'Complete step',
	description: 'Fill in the form of an active step and complete it, so that the instance moves on',
});

export const save = submit('save', {
	name: 'Save',
	action: 'Save step',
	description: 'Fill in the form of an active step and leave the step open',
});
