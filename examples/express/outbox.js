import nodemailer from 'nodemailer'

const KEPT = 100

/** A mail server for demos: it delivers to a page. Real apps hand over `nodemailer.createTransport('smtp://…')` itself. */
export function createOutbox() {
  const transport = nodemailer.createTransport({ jsonTransport: true })
  const mails = []
  return {
    async sendMail(mail) {
      const { message } = await transport.sendMail(mail)
      mails.unshift({ ...JSON.parse(message), at: new Date() })
      mails.length = Math.min(mails.length, KEPT)
    },
    /** The latest first. */
    of(address) {
      return mails.filter((mail) => mail.to.some((to) => to.address === address))
    },
  }
}
