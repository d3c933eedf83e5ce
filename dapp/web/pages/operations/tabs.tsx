interface TabsProps<T extends string> {
  /** What they divide, for who listens. */
  readonly name: string
  readonly here: T
  readonly tabs: readonly { readonly name: T; readonly text: string; readonly href: string }[]
}

/** Pages within a place: links, so that each has an address. */
export function Tabs<T extends string>({ name, here, tabs }: TabsProps<T>) {
  return (
    <nav class="tabs" aria-label={name}>
      <ul>
        {tabs.map((tab) => (
          <li key={tab.name}>
            <a href={tab.href} aria-current={tab.name === here ? 'page' : undefined}>
              {tab.text}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  )
}
