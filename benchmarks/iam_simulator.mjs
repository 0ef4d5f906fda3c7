// Answers, for each simulation in a JSON file, what @cloud-copilot/iam-simulate says, and how long that took.
import { readFileSync } from 'node:fs'
import { runSimulation } from '@cloud-copilot/iam-simulate'

const simulations = JSON.parse(readFileSync(process.argv[2], 'utf8'))
await runSimulation(simulations[0], {}) // loads its data
const start = process.hrtime.bigint()
const answers = []
for (const simulation of simulations) {
  const found = await runSimulation(simulation, {})
  answers.push(found.resultType === 'error' ? `error: ${found.errors?.message}` : found.overallResult)
}
const seconds = Number(process.hrtime.bigint() - start) / 1e9
console.log(JSON.stringify({ answers, seconds }))
