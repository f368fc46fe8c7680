import { ApiError } from '../../errors.ts'

/** The properties of a file, read before anything is decoded. */
export interface Header {
  width: number
  height: number
  /** Bytes that a decoder holds at once because the picture does not come line by line; 0 where it does. */
  held: number
  /** The bytes to decode: the file without parts that a decoder would unpack but that are not visible. */
  bytes: Buffer
  /** The parts of the file that are not pixels. */
  extras: Buffer[]
}

/**
 * @throws {ApiError} when a file continues after its end, or stops before it.
 */
export function mustEnd(file: Buffer, at: number) {
  if (at > file.length) throw invalid('The picture is truncated.')
  if (at < file.length) throw invalid('The file has data after the end of the picture.')
}

export function invalid(sentence: string): ApiError {
  return new ApiError('invalid_image', sentence)
}
