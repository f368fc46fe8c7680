import t from 'tap'
import { distributedTemplate } from './citus-cluster.ts'
import { template } from './postgres-server.ts'
import { runOnServer } from './server-leg.ts'

/**
 * The third leg, where `TEST_CITUS_URL` names the coordinator of a Citus cluster: the tests of the API once more, each on a
 * distributed database (docs/testing.md).
 */
const cluster = process.env.TEST_CITUS_URL
if (cluster) {
  await distributedTemplate(cluster, template)
  // Upgrades begin with a database of version 0.1, which the template is not.
  runOnServer(t, cluster, 'Citus', ['test/upgrades/upgrades.test.ts'])
} else {
  t.pass('there is no cluster', { skip: 'TEST_CITUS_URL is not set' })
}
