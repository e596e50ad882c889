import { ServiceError } from '../../../kernel/errors';
import { defineBatchOperation } from '../../../kernel/operations';
import { wholeNumberId } from '../../../kernel/values';
import type { NextMatterClient } from '../../api/client';
import { instanceLocator, optionsWith } from '../parameters';
import { runBulk } from './bulk';

/** Whether an instance is gone: what a delete was for. */
async function isGone(client: NextMatterClient, id: number): Promise<boolean> {
	try {
		await client.getInstance(id);
		return false;
	} catch (error) {
		return error instanceof ServiceError && error.status === 404;
	}
}

export const deleteInstance = defineBatchOperation<NextMatterClient>()({
	value: 'delete',
	name: 'Delete',
	action: 'Delete instance',
	description:
		'Delete an instance with all its data permanently: this cannot be undone. Needs the instance. Returns its ID and deleted: true.',
	properties: [...instanceLocator, optionsWith()],
	target: ({ instanceId }) => wholeNumberId(instanceId, "'Instance'"),
	runAll: async (client, ids) =>
		await runBulk(ids, {
			async send(batch) {
				await client.deleteInstances(batch);
				return undefined;
			},
			isDone: async (id) => await isGone(client, id),
			// An instance that was not there cannot be told from one with a mistyped ID.
			doneBeforeCounts: false,
			result: (id) => ({ id, deleted: true }),
		}),
	explain({ status }) {
		if (status === 404 || status === 400) {
			return {
				message: `The instance in 'Instance' was not deleted (${status})`,
				description: 'It does not exist, or not any more. Check the ID.',
			};
		}
		if (status === 403) {
			return {
				message: "The API key's user may not delete the instance in 'Instance' (403)",
				description: 'Deleting is limited to some roles. Assign the API key to an admin.',
			};
		}
		return undefined;
	},
});
