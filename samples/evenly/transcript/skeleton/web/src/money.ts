/** Amounts for the page, written as the command line writes them. */

/** Write the smallest unit as an amount: formatMinor(-123005, 2) is "-1230.05". */
export function formatMinor(minor: number, digits: number): string {
  throw new Error("not implemented");
}

/** Write an amount with its currency: formatMoney(450, 2, "EUR") is "4.50 EUR". */
export function formatMoney(minor: number, digits: number, currency: string): string {
  throw new Error("not implemented");
}
