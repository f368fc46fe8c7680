import t from 'tap'
import { networkOf } from '../src/network.ts'

t.test('an IPv4 address is a network of its own, also where it is mapped into IPv6', async t => {
  for (const ip of ['192.0.2.7', '::ffff:192.0.2.7', '::FFFF:192.0.2.7']) t.equal(networkOf(ip), '192.0.2.7')
})

t.test('the addresses of one IPv6 /64 are one network, however they are written', async t => {
  const same = [
    '2001:db8:1:2:3:4:5:6',
    '2001:0DB8:0001:0002::1',
    '2001:db8:1:2::',
    '2001:db8:1:2:ffff:ffff:ffff:ffff',
    '2001:db8:1:2::192.0.2.7',
    '2001:db8:1:2:3:4:192.0.2.7',
  ]
  for (const ip of same) t.equal(networkOf(ip), '2001:db8:1:2::/64', ip)
  for (const other of ['2001:db8:1:3::1', '2001:db8:2::1', '2001:db8::1:2'])
    t.not(networkOf(other), networkOf('2001:db8:1:2::'))
})

t.test('short forms stand for the zeros that they leave out', async t => {
  t.equal(networkOf('::1'), '0:0:0:0::/64')
  t.equal(networkOf('::'), '0:0:0:0::/64')
  t.equal(networkOf('2001:db8::7'), '2001:db8:0:0::/64')
  t.equal(networkOf('1::2:3:4:5:6:7'), '1:0:2:3::/64')
  t.equal(networkOf('fe80::1%eth0'), 'fe80:0:0:0::/64')
  t.equal(networkOf('64:ff9b::192.0.2.7'), '64:ff9b:0:0::/64')
})
