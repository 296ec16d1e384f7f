export type { DiagnosisCause, DiagnosisCode } from './cause.js'
export {
  type Diagnosis,
  diagnoseMismatch,
  type FirstDifference,
  findFirstDifference,
  type SigningSteps,
} from './diagnosis.js'
export { diagnoseForm, type FormDiagnosis } from './form-causes.js'
export type { DiagnosisCredential, RecordedRequest } from './recorded-request.js'
export {
  diagnoseSignature,
  type SignatureDiagnosis,
  type SignatureDiagnosisOptions,
} from './signature-diagnosis.js'
