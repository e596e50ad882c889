import { ServiceError } from '../../../kernel/errors';
import { defineBatchOperation } from '../../../kernel/operations';
import { wholeNumberId } from '../../../kernel/values';
import type { NextMatterClient } from '../../api/client';
import { instanceLocator, optionsWith } from '../parameters';
import { runBulk } from './bulk';

/** Whether an instance is gone: what a delete was for. */
async function isGone(client: NextMatterClient, id: number): Promise<boolean> {
	const instance = await client.getInstance(id).catch((error: unknown) => {
		if (error instanceof ServiceError && error.status === 404) return undefined;
		throw error;
	});
	return instance === undefined;
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
			checkKey: async () => await client.checkKey(),
			isDone: async (id) => await isGone(client, id),
			// An instance that was not there cannot be told from one with a mistyped ID.
			doneBeforeCounts: false,
			result: (id) => ({ id, deleted: true }),
		}),
	explain({ status, message }) {
		// It has its own words already.
		if (message) return undefined;
		if (status === 404 || status === 400) {
			return {
				message: `The instance in 'Instance' was not deleted (${status})`,
				description:
					'It does not exist, or not any more. Check the ID. If it was among several that were refused together, it may have been deleted in spite of that.',
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
