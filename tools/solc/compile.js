// Prints what the contracts of one Solidity file compile to: for each its ABI and the
// bytecode that deploys it. The same file always yields the same bytes.
const fs = require("fs");
const path = require("path");
const solc = require("solc");

const file = process.argv[2];
const name = path.basename(file);
const settings = {
  optimizer: { enabled: true, runs: 1000000 },
  // Runs on every chain since the merge.
  evmVersion: "paris",
  // No hash of comments in the code.
  metadata: { bytecodeHash: "none", appendCBOR: false },
  outputSelection: { "*": { "*": ["abi", "evm.bytecode.object"] } },
};
const sources = { [name]: { content: fs.readFileSync(file, "utf8") } };
const answer = JSON.parse(solc.compile(JSON.stringify({ language: "Solidity", sources, settings })));
if (answer.errors?.length) {
  console.error(answer.errors.map((error) => error.formattedMessage).join("\n"));
  process.exit(1);
}
const contracts = Object.entries(answer.contracts[name]).map(([contract, made]) => [
  contract,
  { abi: made.abi, bytecode: made.evm.bytecode.object },
]);
const { outputSelection, ...told } = settings;
console.log(JSON.stringify({ compiler: solc.version(), settings: told, contracts: Object.fromEntries(contracts) }, null, 2));
