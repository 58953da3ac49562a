import { Problem, unanswered } from '@shebao/api'
import { address, headers } from './request'
import { currentToken } from './session'

/** Opens a document of the bureau in WeChat's own viewer, from which it can be passed on or kept. */
export async function openDocument(document_id: string): Promise<void> {
  const filePath = await downloaded(address('/api/v1/documents/{document_id}.pdf', { path: { document_id } }))
  await wx.openDocument({ filePath, fileType: 'pdf', showMenu: true })
}

/** Where WeChat put a file; a refusal is downloaded like a file. */
function downloaded(url: string): Promise<string> {
  return new Promise((resolve, reject) => {
    wx.downloadFile({
      url,
      header: headers(currentToken()),
      success: ({ statusCode: status, tempFilePath }) =>
        status === 200
          ? resolve(tempFilePath)
          : reject(new Problem({ status, code: 'no_file', title: '文件暂时不能打开，请稍后再试' })),
      fail: () => reject(unanswered()),
    })
  })
}
