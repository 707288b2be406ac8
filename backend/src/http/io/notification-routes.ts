import { NotificationsAnswer, NotificationTest, NotificationTestAnswer } from '@phloem/protocol';
import type { FastifyInstance } from 'fastify';
import type { NotificationService } from '../../notifications/run-notifications.ts';

export type NotificationRouteParts = { readonly notifications: Pick<NotificationService, 'status' | 'test'> };

/** The routes that say how people are notified of alarms, and send a test message. */
export const registerNotificationRoutes = (app: FastifyInstance, { notifications }: NotificationRouteParts): void => {
  app.get(
    '/api/v1/notifications',
    { schema: { summary: 'The channels, and the messages that wait or have ended', response: { 200: NotificationsAnswer } } },
    async () => notifications.status(),
  );
  app.post<{ Body: NotificationTest }>(
    '/api/v1/notifications/test',
    {
      schema: {
        summary: 'Sends a test message to a person, a rota or a webhook',
        description: 'Answers when each address has it, or after ten seconds.',
        body: NotificationTest,
        response: { 200: NotificationTestAnswer },
      },
    },
    ({ body }) => notifications.test(body.to),
  );
};
