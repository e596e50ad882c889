/** The packages of this repository. CommonJS, because gulp and jest load it, too. */
const fs = require('node:fs');
const path = require('node:path');

const repository = path.join(__dirname, '..', '..');

/**
 * The folders of the n8n packages: the repository itself, then those under `packages/`.
 * @param {string} [root]
 * @returns {string[]}
 */
function packageRoots(root = repository) {
	const sisters = path.join(root, 'packages');
	const names = fs.existsSync(sisters) ? fs.readdirSync(sisters).sort() : [];
	return [root, ...names.map((name) => path.join(sisters, name))].filter((folder) =>
		fs.existsSync(path.join(folder, 'package.json')),
	);
}

/**
 * A file of a package that was changed after the package was built, or not built at all.
 * @param {string} root
 * @returns {string | undefined} its path, from `root`
 */
function unbuiltFile(root) {
	for (const part of ['credentials', 'icons', 'nodes']) {
		const names = fs.readdirSync(path.join(root, part), { encoding: 'utf8', recursive: true });
		for (const name of names.filter((file) => path.extname(file))) {
			const built = path.join(root, 'dist', part, name.replace(/\.ts$/, '.js'));
			if (!fs.existsSync(built) || changedAt(built) < changedAt(path.join(root, part, name))) {
				return path.join(part, name);
			}
		}
	}
	return undefined;
}

/**
 * In whole milliseconds: a copy has the time of its original, but not its nanoseconds.
 * @param {string} file
 */
const changedAt = (file) => Math.floor(fs.statSync(file).mtimeMs);

module.exports = { packageRoots, repository, unbuiltFile };
