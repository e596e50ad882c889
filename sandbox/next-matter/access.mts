/** Who may do what: the API key, and the rights of the user behind it (reference, 1.11 and 6.1). */
import { detail, type ApiError } from './drf.mts';
import { stateOf } from './lifecycle.mts';
import type { Store } from './store.mts';
import type { Switches } from './switches.mts';
import type { Instance, StepNode } from './types.mts';

/**
 * The key in an `Authorization` header: keyword in any case, split at the first space, as djangorestframework-api-key
 * does.
 */
function keyFrom(header: string | undefined): string | undefined {
	const space = header?.indexOf(' ') ?? -1;
	if (!header || space < 0) return undefined;
	return header.slice(0, space).toLowerCase() === 'api-key' ? header.slice(space + 1) : undefined;
}

/** @returns why a request is not let in, or undefined. */
export function refuseKey(header: string | undefined, apiKey: string, switches: Switches): ApiError | undefined {
	const key = keyFrom(header);
	if (key === apiKey && switches.keyState === 'valid') return undefined;
	const status = switches.authFailureStatus;
	const text =
		key === undefined ? 'Authentication credentials were not provided.' : 'Incorrect authentication credentials.';
	// DRF names the scheme with every 401.
	return detail(status, text, status === 401 ? { 'www-authenticate': 'Api-Key' } : {});
}

/** "They need to act as assigned step owner, workflow lead, or an administrator" (seed 002). */
export function mayComplete(instance: Instance, node: StepNode, store: Store, { keyUserRole }: Switches): boolean {
	if (keyUserRole === 'admin') return true;
	if (keyUserRole === 'lead' && instance.workflow.def.leadUserId === store.keyUserId) return true;
	return stateOf(instance, node).assignee === store.keyUserId;
}

/** Some roles may only stop and delete what they started themselves (docs/build-teams). */
export function mayEnd(instance: Instance, store: Store, { keyUserRole }: Switches): boolean {
	return keyUserRole === 'member' ? instance.startedBy === store.keyUserId : true;
}

export const forbidden = () => detail(403, 'You do not have permission to perform this action.');
