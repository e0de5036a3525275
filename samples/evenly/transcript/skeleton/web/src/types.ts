/** The report that `evenly settle --format json` writes. Amounts are whole numbers of the smallest unit. */

export interface Balance {
  name: string;
  minor: number;
}

export interface Transfer {
  payer: string;
  receiver: string;
  minor: number;
}

export interface Report {
  name: string;
  currency: string;
  digits: number;
  total: number;
  balances: Balance[];
  transfers: Transfer[];
}
