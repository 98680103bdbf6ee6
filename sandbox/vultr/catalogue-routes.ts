/** Plans, regions, availability and the account. */
import type { Plan } from './instances.ts';
import { page } from './paging.ts';
import { REGIONS } from './regions.ts';
import { refusal } from './reply.ts';
import type { Route } from './router.ts';
import type { World } from './world.ts';

export function catalogueRoutes(world: World): readonly Route[] {
  const pageSize = (): number => world.settings().pageSize;
  return [
    {
      method: 'GET',
      path: '/v2/plans',
      open: true,
      answer: ({ query }) => page('plans', plansOf(world, query), { query, pageSize: pageSize() }),
    },
    {
      // Bare metal cannot be a node of a simulated pool, so none is listed. The key is the real one, not the documented.
      method: 'GET',
      path: '/v2/plans-metal',
      open: true,
      answer: ({ query }) => page('plans_metal', [], { query, pageSize: pageSize() }),
    },
    {
      method: 'GET',
      path: '/v2/regions',
      open: true,
      answer: ({ query }) => page('regions', REGIONS, { query, pageSize: pageSize() }),
    },
    {
      method: 'GET',
      path: '/v2/regions/:region/availability',
      open: true,
      answer: ({ params, query }) => {
        const region = params['region'] ?? '';
        if (!REGIONS.some(({ id }) => id === region)) return refusal(404, 'Invalid region');
        const available = plansOf(world, query).filter((plan) => world.stock.left(plan, region) >= 1);
        return { status: 200, body: { available_plans: available.map((plan) => plan.id) } };
      },
    },
    {
      method: 'GET',
      path: '/v2/account',
      answer: () => ({
        status: 200,
        body: {
          account: {
            name: 'Sandbox',
            email: 'sandbox@example.com',
            acls: ['manage_users', 'subscriptions', 'provisioning', 'billing'],
            balance: 0,
            pending_charges: Math.round(world.fleet.ledger.bill().usd * 100) / 100,
            last_payment_date: '2026-01-01 00:00:00',
            last_payment_amount: 0,
          },
        },
      }),
    },
  ];
}

function plansOf(world: World, query: URLSearchParams): readonly Plan[] {
  const type = query.get('type') ?? 'all';
  const plans = [...world.plans.values()];
  return type === 'all' || type === '' ? plans : plans.filter((plan) => plan.type === type);
}
