export type { DiagnosisCause, DiagnosisCode } from './cause.js'
export {
  type Diagnosis,
  diagnoseMismatch,
  type FirstDifference,
  findFirstDifference,
  type SigningSteps,
} from './diagnosis.js'
