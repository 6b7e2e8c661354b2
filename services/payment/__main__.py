from chassis.process import main
from services.payment.app import SERVICE

main(SERVICE)
