// Properties stop after a moment: what they find they find early, and a survivor costs every one of them.
import fc from 'fast-check'

fc.configureGlobal({ interruptAfterTimeLimit: 40 })
