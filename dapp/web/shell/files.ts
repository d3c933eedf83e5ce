/** How long a download may take to begin before its address is taken back. */
const BEGIN_MS = 60_000

interface Picker {
  showSaveFilePicker?: (options: { suggestedName: string }) => Promise<FileSystemFileHandle>
}

/** Whether this browser lets a person choose a file that is then written bit by bit. @see W3C File System Access */
export const canChooseFile = () => (window as Picker).showSaveFilePicker !== undefined

/** @throws {DOMException} `AbortError` when none was chosen */
export async function chooseFile(suggestedName: string): Promise<FileSystemFileHandle | undefined> {
  return (window as Picker).showSaveFilePicker?.({ suggestedName })
}

/** Hand a file to the browser's downloads. */
export function download(file: Blob, name: string): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(file)
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), BEGIN_MS)
}
