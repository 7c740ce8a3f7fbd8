import { type ReactNode, useEffect, useRef } from 'react'
import { Icon } from './icons.tsx'

type DialogProps = { title: string; open: boolean; onClose(): void; children: ReactNode; foot?: ReactNode }

/** The browser's own modal dialog: it keeps the focus, gives it back, and closes by Escape. */
export function Dialog({ title, open, onClose, children, foot }: DialogProps) {
  const ref = useRef<HTMLDialogElement>(null)
  useEffect(() => {
    const dialog = ref.current
    if (open && !dialog?.open) dialog?.showModal()
    if (!open && dialog?.open) dialog.close()
  }, [open])
  return (
    <dialog ref={ref} onClose={onClose} aria-label={title}>
      {open && (
        <>
          <div className="dialog-head">
            <h2>{title}</h2>
            <button type="button" className="button ghost icon small" aria-label="Close" onClick={onClose}>
              <Icon name="close" size={16} />
            </button>
          </div>
          <div className="dialog-body">{children}</div>
          {foot && <div className="dialog-foot">{foot}</div>}
        </>
      )}
    </dialog>
  )
}

type ConfirmProps = {
  title: string
  open: boolean
  onClose(): void
  children: ReactNode
  action: string
  onConfirm(): void
}

export function Confirm({ title, open, onClose, children, action, onConfirm }: ConfirmProps) {
  const foot = (
    <>
      <button type="button" className="button" onClick={onClose}>
        Cancel
      </button>
      <button
        type="button"
        className="button primary"
        onClick={() => {
          onClose()
          onConfirm()
        }}
      >
        {action}
      </button>
    </>
  )
  return (
    <Dialog title={title} open={open} onClose={onClose} foot={foot}>
      {children}
    </Dialog>
  )
}
