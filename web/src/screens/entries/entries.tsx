import { useRoute } from 'preact-iso'
import { EntryList } from './entry-list.tsx'
import { Trash } from './trash.tsx'
import './entries.css'

export default function Entries() {
  const { rest } = useRoute().params
  return rest === 'trash' ? <Trash /> : <EntryList />
}
