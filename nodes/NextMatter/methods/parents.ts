import type { ILoadOptionsFunctions } from 'n8n-workflow';
import { NodeApiError } from 'n8n-workflow';

import { explain, InputError, ServiceError, toNodeError } from '../../kernel/errors';
import { wholeNumberId } from '../../kernel/values';
import { NextMatterClient } from '../api/client';
import { openConnection } from '../api/connection';
import type { Place } from '../api/structure';

/** In the editor a person waits: rather an error than a minute's pause. */
const LONGEST_WAIT_MS = 5_000;
const TIMEOUT_MS = 30_000;

/** Works with a client for the editor, and gives a failure its words before the editor shows it. */
export async function inEditor<T>(
	context: ILoadOptionsFunctions,
	work: (client: NextMatterClient) => Promise<T>,
): Promise<T> {
	let failed: unknown;
	try {
		return await work(new NextMatterClient(await openConnection(context, { timeout: TIMEOUT_MS }, LONGEST_WAIT_MS)));
	} catch (error) {
		failed = error;
	}
	if (!(failed instanceof ServiceError || failed instanceof InputError)) throw failed as Error;
	if (failed instanceof ServiceError) explain(failed, { service: 'Next Matter', labels: {} }, undefined);
	// Only the message reaches the editor, which shows it whole in the place of the list.
	const message = [failed.message, failed.description].filter(Boolean).join('. ');
	const shown = failed instanceof ServiceError ? toNodeError(context.getNode(), failed, 0) : new NodeApiError(context.getNode(), {});
	shown.message = message;
	throw shown as NodeApiError;
}

/** The ID in another parameter of the node. Undefined when it is empty or an expression without a known value. */
export function parentId(context: ILoadOptionsFunctions, name: string): number | undefined {
	const value: unknown = context.getCurrentNodeParameter(name);
	const inner = value !== null && typeof value === 'object' && 'value' in value ? value.value : value;
	try {
		return wholeNumberId(inner, name);
	} catch {
		return undefined;
	}
}

export const placeOf = (context: ILoadOptionsFunctions): Place => ({
	instanceId: parentId(context, 'instanceId'),
	workflowId: parentId(context, 'workflowId'),
});
