import { type IncomingMessage, Server } from 'node:http'
import type { AddressInfo } from 'node:net'

/**
 * Preloaded by servers of simulated worlds: each request brings the time (epoch ms, `x-clock`), which then stands still. It
 * says where the server listens, so that the log, with two lines a request, can be silent.
 */
let now = Number(process.env.CLOCK)
Date.now = () => now

const emit = Server.prototype.emit as (event: string, ...args: unknown[]) => boolean
Server.prototype.emit = function (this: Server, event: string, ...args: unknown[]) {
  if (event === 'request') now = Number((args[0] as IncomingMessage).headers['x-clock'])
  if (event === 'listening') console.log(`http://127.0.0.1:${(this.address() as AddressInfo).port}`)
  return emit.call(this, event, ...args)
} as typeof Server.prototype.emit
