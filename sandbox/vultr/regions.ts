/** The simulated regions: Vultr's own, as `GET /v2/regions` lists them. */

export interface Region {
  readonly id: string;
  readonly city: string;
  readonly country: string;
  readonly continent: string;
  readonly options: readonly string[];
  readonly connectivity: readonly string[];
}

const OPTIONS = ['ddos_protection', 'block_storage', 'load_balancers', 'kubernetes'];
const CONNECTIVITY = ['public_ip', 'private_ip', 'nat_gateway'];

const CITIES: readonly (readonly [string, string, string, string])[] = [
  ['ams', 'Amsterdam', 'NL', 'Europe'],
  ['atl', 'Atlanta', 'US', 'North America'],
  ['blr', 'Bangalore', 'IN', 'Asia'],
  ['bom', 'Mumbai', 'IN', 'Asia'],
  ['cdg', 'Paris', 'FR', 'Europe'],
  ['del', 'Delhi NCR', 'IN', 'Asia'],
  ['dfw', 'Dallas', 'US', 'North America'],
  ['ewr', 'New Jersey', 'US', 'North America'],
  ['fra', 'Frankfurt', 'DE', 'Europe'],
  ['hnl', 'Honolulu', 'US', 'North America'],
  ['icn', 'Seoul', 'KR', 'Asia'],
  ['itm', 'Osaka', 'JP', 'Asia'],
  ['jnb', 'Johannesburg', 'ZA', 'Africa'],
  ['lax', 'Los Angeles', 'US', 'North America'],
  ['lhr', 'London', 'GB', 'Europe'],
  ['mad', 'Madrid', 'ES', 'Europe'],
  ['man', 'Manchester', 'GB', 'Europe'],
  ['mel', 'Melbourne', 'AU', 'Australia'],
  ['mex', 'Mexico City', 'MX', 'North America'],
  ['mia', 'Miami', 'US', 'North America'],
  ['nrt', 'Tokyo', 'JP', 'Asia'],
  ['ord', 'Chicago', 'US', 'North America'],
  ['sao', 'São Paulo', 'BR', 'South America'],
  ['scl', 'Santiago', 'CL', 'South America'],
  ['sea', 'Seattle', 'US', 'North America'],
  ['sgp', 'Singapore', 'SG', 'Asia'],
  ['sjc', 'Silicon Valley', 'US', 'North America'],
  ['sto', 'Stockholm', 'SE', 'Europe'],
  ['syd', 'Sydney', 'AU', 'Australia'],
  ['tlv', 'Tel Aviv', 'IL', 'Asia'],
  ['waw', 'Warsaw', 'PL', 'Europe'],
  ['yto', 'Toronto', 'CA', 'North America'],
];

export const REGIONS: readonly Region[] = CITIES.map(([id, city, country, continent]) => ({
  id,
  city,
  country,
  continent,
  options: OPTIONS,
  connectivity: CONNECTIVITY,
}));
