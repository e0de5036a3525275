/** The report as HTML: a heading, a list of balances and a list of transfers. */

import { formatMoney } from "./money";
import type { Balance, Report, Transfer } from "./types";

const ENTITIES: Record<string, string> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
};

/** Make text safe inside HTML: escapeHtml("a<b") is "a&lt;b". */
export function escapeHtml(text: string): string {
  throw new Error("not implemented");
}

/** One balance as a list item; people who owe carry the class "owes". */
export function balanceItem(balance: Balance, report: Report): string {
  throw new Error("not implemented");
}

/** One transfer as a list item: "Bob pays Ann 4.50 EUR". */
export function transferItem(transfer: Transfer, report: Report): string {
  throw new Error("not implemented");
}

/** A list of items, or the paragraph `empty` when there are none. */
export function renderList(items: string[], empty: string): string {
  throw new Error("not implemented");
}

/** The whole report; the total stands behind the name in the heading. */
export function renderSummary(report: Report): string {
  throw new Error("not implemented");
}
