/** Before the tests: what they test is `dist`, so it has to be the build of what is here. */
const path = require('node:path');
const { packageRoots, unbuiltFile } = require('../../../../scripts/lib/packages.cjs');

/** @param {{ rootDir: string }} config */
module.exports = ({ rootDir }) => {
	for (const root of packageRoots(rootDir)) {
		const file = unbuiltFile(root);
		if (file) {
			const name = path.relative(rootDir, path.join(root, file));
			throw new Error(
				`${name} is newer than what was built, or was not built. Run "npm run build" first, or "npm test".`,
			);
		}
	}
};
