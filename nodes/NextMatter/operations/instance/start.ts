import { InputError } from '../../../kernel/errors';
import type { ValuesOf } from '../../../kernel/parameters';
import { utcTime, wholeNumberId } from '../../../kernel/values';
import type { NextMatterClient } from '../../api/client';
import { createOnce } from '../../api/once';
import type { Instance, InstanceFields } from '../../api/types';
import { tagList } from '../filters';
import { additionalFields, instanceName, stepAssignments, toStepAssignments, workflowId } from '../parameters';

/** The parameters in which a new instance is described. */
export const startProperties = [workflowId, additionalFields, stepAssignments] as const;

/** A checked description of a new instance. */
export interface Start {
	workflow: number;
	fields: InstanceFields;
	/** Empty: create in any case. */
	key: string;
}

/** Throws `InputError`. */
export function planStart(values: ValuesOf<typeof startProperties>, timezone: string): Start {
	const workflow = wholeNumberId(values.workflowId, "'Workflow'");
	const { name = '', deadline, priority, tags = [], deduplicationKey } = values.additionalFields;
	const assignments = toStepAssignments(values.stepAssignments.assignment);
	const key = deduplicationKey?.trim() ?? '';
	if (deduplicationKey !== undefined && key === '') {
		throw new InputError(
			"'Deduplication Key' is empty",
			'Without a key a second instance could be created. Check the expression for this item, or remove the field.',
		);
	}
	tagList([key], "'Deduplication Key'");
	tagList(tags, "'Tags'");
	const fields: InstanceFields = {
		...(name.trim() === '' ? {} : { name: instanceName(name) }),
		...(deadline ? { deadline: utcTime(deadline, timezone, "'Deadline'") } : {}),
		...(priority ? { priority } : {}),
		...(tags.length > 0 ? { tags } : {}),
		...(assignments.length > 0 ? { step_assignments: assignments } : {}),
	};
	return { workflow, fields, key };
}

/** Items with the same key run in order, so that the second finds what the first created. */
export const startLane = ({ workflow, key }: Start): string | undefined =>
	key === '' ? undefined : `workflow ${workflow} key ${key}`;

/** Creates the instance, or finds the one that carries the key. */
export async function startInstance(
	client: NextMatterClient,
	{ workflow, fields, key }: Start,
): Promise<{ instance: Instance; existed: boolean }> {
	if (key !== '') return await createOnce(client, workflow, fields, key);
	return { instance: await client.createInstance(workflow, fields), existed: false };
}
