/** The longer side of what is sent, in pixels: what the server keeps is smaller still. */
const maxSide = 768

/**
 * A photo as it is sent: small, without what the camera wrote into it, such as the place.
 * @throws {DOMException} for a file that the browser cannot show as a picture.
 */
export async function smallPicture(file: Blob): Promise<Blob> {
  const picture = await createImageBitmap(file)
  const scale = Math.min(1, maxSide / Math.max(picture.width, picture.height))
  const canvas = document.createElement('canvas')
  canvas.width = Math.max(1, Math.round(picture.width * scale))
  canvas.height = Math.max(1, Math.round(picture.height * scale))
  canvas.getContext('2d')?.drawImage(picture, 0, 0, canvas.width, canvas.height)
  picture.close()
  return new Promise((resolve, reject) =>
    canvas.toBlob(
      blob => (blob ? resolve(blob) : reject(new DOMException('', 'EncodingError'))),
      file.type === 'image/png' ? 'image/png' : 'image/jpeg',
      0.9,
    ),
  )
}
