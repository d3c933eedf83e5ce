/** Where an export goes, a piece at a time. */
export interface ExportFile {
  /** @returns bytes taken so far */
  write(text: string): Promise<number>
  /** Finish it. @returns the file where the browser is to download it; undefined where it lies already */
  end(): Promise<Blob | undefined>
  /** Leave nothing of it. */
  forget(): Promise<void>
}

/** So much is handed over at a time. */
const PIECE_CHARS = 1 << 20

/** Gathers small texts into pieces. */
abstract class Pieces implements ExportFile {
  #waiting: string[] = []
  #length = 0
  #bytes = 0

  protected abstract put(piece: Blob): Promise<void>
  abstract close(): Promise<Blob | undefined>
  abstract forget(): Promise<void>

  async write(text: string): Promise<number> {
    this.#waiting.push(text)
    this.#length += text.length
    if (this.#length >= PIECE_CHARS) await this.#flush()
    return this.#bytes
  }

  async end(): Promise<Blob | undefined> {
    await this.#flush()
    return this.close()
  }

  async #flush(): Promise<void> {
    if (this.#length === 0) return
    const piece = new Blob(this.#waiting)
    this.#waiting = []
    this.#length = 0
    this.#bytes += piece.size
    await this.put(piece)
  }
}

/** Straight into a file that the person chose; it is there when it is whole. @see W3C File System Access */
class ChosenFile extends Pieces {
  readonly #stream: FileSystemWritableFileStream

  constructor(stream: FileSystemWritableFileStream) {
    super()
    this.#stream = stream
  }

  protected override put(piece: Blob): Promise<void> {
    return this.#stream.write(piece)
  }

  override async close(): Promise<undefined> {
    await this.#stream.close()
  }

  override forget(): Promise<void> {
    return this.#stream.abort()
  }
}

/** Pieces that the browser keeps, in its own files when there are many, until they are downloaded as one. */
class Download extends Pieces {
  readonly #type: string
  #pieces: Blob[] = []

  constructor(type: string) {
    super()
    this.#type = type
  }

  protected override async put(piece: Blob): Promise<void> {
    this.#pieces.push(piece)
  }

  override async close(): Promise<Blob> {
    return new Blob(this.#pieces, { type: this.#type })
  }

  override async forget(): Promise<void> {
    this.#pieces = []
  }
}

export async function openExportFile(
  handle: FileSystemFileHandle | undefined,
  type: string,
): Promise<ExportFile> {
  return handle === undefined ? new Download(type) : new ChosenFile(await handle.createWritable())
}
