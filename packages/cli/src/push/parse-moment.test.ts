import { describe, expect, test } from 'vitest'
import { parseMoment } from './parse-moment.js'
import { createTimeZone } from './time-zone.js'

const BERLIN = createTimeZone('Europe/Berlin')

// Expected moments from `date -u -d 'TZ="Europe/Berlin" 2026-11-21 14:05'`.
describe('wall-clock time of Europe/Berlin', () => {
  test.each([
    ['21.11.2026 14:05', '2026-11-21T13:05:00.000Z'],
    ['1.7.2026, 9:05:07 Uhr', '2026-07-01T07:05:07.000Z'],
    ['2026-11-21 14:05:30', '2026-11-21T13:05:30.000Z'],
    ['2026-11-21T14:05:30.250', '2026-11-21T13:05:30.250Z'],
    ['20261121140530', '2026-11-21T13:05:30.000Z'],
    ['20261121 1405', '2026-11-21T13:05:00.000Z'],
    ['29.03.2026 01:59:59', '2026-03-29T00:59:59.000Z'],
    ['29.03.2026 03:00', '2026-03-29T01:00:00.000Z'],
    ['25.10.2026 01:59:59', '2026-10-24T23:59:59.000Z'],
    ['25.10.2026 03:00', '2026-10-25T02:00:00.000Z'],
  ])('%s', (text, moment) => {
    expect(parseMoment(text, BERLIN)).toEqual({ moment, repeated: false })
  })

  test.each([
    ['25.10.2026 02:00', '2026-10-25T00:00:00.000Z'],
    ['25.10.2026 02:59:59', '2026-10-25T00:59:59.000Z'],
  ])('%s comes twice: the first pass is taken', (text, moment) => {
    expect(parseMoment(text, BERLIN)).toEqual({ moment, repeated: true })
  })

  test.each(['29.03.2026 02:00', '29.03.2026 02:59:59'])('%s does not exist', text => {
    expect(parseMoment(text, BERLIN)).toMatchObject({ fault: 'local_time_skipped' })
  })

  test.each([
    ['25.10.2026 02:30 CEST', '2026-10-25T00:30:00.000Z'],
    ['25.10.2026 02:30 MEZ', '2026-10-25T01:30:00.000Z'],
    ['2026-10-25 02:30+0100', '2026-10-25T01:30:00.000Z'],
    ['2026-10-25 02:30 -05:00', '2026-10-25T07:30:00.000Z'],
    ['20261025023000Z', '2026-10-25T02:30:00.000Z'],
  ])('%s says itself which one it means', (text, moment) => {
    expect(parseMoment(text, BERLIN)).toEqual({ moment, repeated: false })
    expect(parseMoment(text, undefined)).toEqual({ moment, repeated: false })
  })
})

test('other zones: half an hour, the southern half, the day that Samoa left out', () => {
  const moment = (text: string, zone: string): unknown => parseMoment(text, createTimeZone(zone))
  expect(moment('2026-11-21 14:05', 'Asia/Kolkata')).toEqual({
    moment: '2026-11-21T08:35:00.000Z',
    repeated: false,
  })
  expect(moment('2026-04-05 02:30', 'Australia/Sydney')).toEqual({
    moment: '2026-04-04T15:30:00.000Z',
    repeated: true,
  })
  expect(moment('2011-12-30 12:00', 'Pacific/Apia')).toMatchObject({ fault: 'local_time_skipped' })
})

test.each([
  ['46286.59', 'excel_serial_date'],
  ['46286,59', 'excel_serial_date'],
  ['46286', 'excel_serial_date'],
  ['11/12/2026 14:05', 'date_ambiguous'],
  ['21.11.26 14:05', 'date_ambiguous'],
  ['21.11.2026', 'time_missing'],
  ['2026-11-21', 'time_missing'],
])('%s is refused with its reason', (text, fault) => {
  expect(parseMoment(text, BERLIN)).toMatchObject({ fault })
})

test('without a zone a wall-clock time is refused', () => {
  expect(parseMoment('21.11.2026 14:05', undefined)).toMatchObject({ fault: 'time_zone_missing' })
})

test.each([
  '30.02.2026 10:00',
  '21.13.2026 10:00',
  '21.11.2026 24:00',
  '21.11.2026 10:60',
  'yesterday',
  '',
  '2026-11-21 14:05 XYZ',
])('%j is no moment', text => {
  expect(parseMoment(text, BERLIN)).toBeUndefined()
})

test('an unknown zone', () => {
  expect(() => createTimeZone('Berlin')).toThrow(
    expect.objectContaining({ code: 'timezone_unknown', exitCode: 2 }),
  )
})
