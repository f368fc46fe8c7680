import { app } from '../texts.ts'

/** The mark of the app: a face that smiles. */
export function Brand({ size = 40 }: { size?: number }) {
  return (
    <span class="brand">
      <svg viewBox="0 0 64 64" width={size} height={size} aria-hidden="true" focusable="false">
        <rect class="brand-ground" width="64" height="64" rx="18" />
        <circle class="brand-skin" cx="32" cy="32" r="19" />
        <circle class="brand-eye" cx="25.5" cy="28.5" r="2.4" />
        <circle class="brand-eye" cx="38.5" cy="28.5" r="2.4" />
        <path class="brand-mouth" d="M23.5 36.5 Q32 46.5 40.5 36.5" />
      </svg>
      <span class="brand-name">{app.name}</span>
    </span>
  )
}
